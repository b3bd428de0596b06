/**
 * What a container sees in {@code /proc} and {@code /sys}, and what its trapped system calls do.
 *
 * <p>{@link org.caisson.emulation.ContainerEmulation} is the whole of it for one container. It is told by {@link
 * org.caisson.emulation.EmulationOptions} where the container's limits stand ({@link
 * org.caisson.emulation.ContainerCgroups}), and tells by {@link org.caisson.emulation.EmulatedPath} what belongs where.
 * The packages below it make the texts ({@code proc}, {@code sys}, {@code sysctl}, over {@code cgroup} and {@code
 * text}), answer for trapped calls ({@code trap}) and talk to the agent inside the container ({@code agent}).
 *
 * <p>The list of listeners is guarded by itself, and nothing else is locked while it is.
 */
@NullMarked
package org.caisson.emulation;

import org.jspecify.annotations.NullMarked;
