package org.caisson.runtime.spec;

/** {@code root}: the directory that becomes {@code /}, relative to the bundle or absolute. */
public record Root(String path, boolean readonly) {}
