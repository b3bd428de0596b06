package org.caisson.runtime.spec;

/** {@code process.rlimits[]}: {@code type} as {@code RLIMIT_NOFILE}; the limits are unsigned, all ones is none. */
public record Rlimit(String type, long hard, long soft) {}
