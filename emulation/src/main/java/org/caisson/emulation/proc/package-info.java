/**
 * The files at the top of a container's {@code /proc} that would show the host: each is a pure function of the host's
 * own text and of a reading of the container's resources ({@link org.caisson.emulation.cgroup.ResourceView}).
 *
 * <p>Main types: {@link org.caisson.emulation.proc.ProcFiles} makes the nodes; {@code MemInfo}, {@code CpuInfo},
 * {@code CpuStatistics}, {@code LoadAverage}, {@code Uptime}, {@code Swaps},
 * {@code BlockDevices}, {@code VirtualMemory} and {@code SlabInfo} make the texts; {@code PressureFile} takes triggers, too.
 *
 * <p>Lock order: {@code LoadSampler} → {@code KernelFile}; {@code CpuClock} is a leaf.
 */
@NullMarked
package org.caisson.emulation.proc;

import org.jspecify.annotations.NullMarked;
