package org.caisson.runtime.spec;

/** One line of {@code uid_map}, see user_namespaces(7). */
public record IdMapping(long containerId, long hostId, long size) {}
