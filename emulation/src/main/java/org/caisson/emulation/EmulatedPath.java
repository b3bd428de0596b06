package org.caisson.emulation;

/**
 * One part of the emulated tree and the place in the container that it covers.
 *
 * @param source the path in the emulated tree, relative to its root: {@code proc/meminfo}
 * @param target the path in the container: {@code /proc/meminfo}
 * @param directory whether it is a directory, with all that is beneath it
 */
public record EmulatedPath(String source, String target, boolean directory) {}
