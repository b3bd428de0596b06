package org.caisson.emulation.cgroup;

import java.nio.file.Path;
import org.caisson.emulation.ContainerCgroups;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.jspecify.annotations.Nullable;

/**
 * A container's limits and usage as they are now. Files are opened at their first reading; any number of threads may
 * read at once, each with readings and scanners of its own.
 */
public final class ResourceView implements AutoCloseable {
    private final KernelFile hostOnline = new KernelFile("/sys/devices/system/cpu/online");
    private final @Nullable MemoryGroup memory;
    private final @Nullable KernelFile cpuset;
    private final @Nullable CpuQuota quota;
    private final @Nullable CpuUsage usage;
    private final @Nullable IoGroup io;
    private final @Nullable Path tasks;
    private final @Nullable Path pressure;

    public ResourceView(ContainerCgroups cgroups) {
        Path unified = cgroups.unified();
        memory = cgroups.memory() != null
                ? new MemoryGroup.V1(cgroups.memory())
                : unified != null ? new MemoryGroup.V2(unified) : null;
        cpuset = cgroups.cpuset() != null
                ? new KernelFile(cgroups.cpuset() + "/cpuset.effective_cpus")
                : unified != null ? new KernelFile(unified + "/cpuset.cpus.effective") : null;
        quota = cgroups.cpu() != null
                ? new CpuQuota.V1(cgroups.cpu())
                : unified != null ? new CpuQuota.V2(unified) : null;
        usage = cgroups.cpuacct() != null
                ? new CpuUsage.V1(cgroups.cpuacct())
                : unified != null ? new CpuUsage.V2(unified) : null;
        io = cgroups.blkio() != null
                ? new IoGroup.V1(cgroups.blkio())
                : unified != null ? new IoGroup.V2(unified) : null;
        pressure = unified;
        tasks = cgroups.pids() != null ? cgroups.pids() : unified;
    }

    /** Reads the memory controller. */
    public void readMemory(MemoryReading into, TextScanner text) {
        into.clear();
        if (memory != null) {
            memory.read(into, text);
        }
    }

    /** Reads which CPUs there are for the container and how many of them it is shown. */
    public void readCpus(CpuReading into, TextScanner text) {
        CpuList effective = into.effective();
        effective.clear();
        if (cpuset != null && cpuset.read(text)) {
            effective.parse(text);
        }
        if (effective.next(0) < 0 && hostOnline.read(text)) {
            effective.parse(text);
        }
        if (effective.next(0) < 0) {
            effective.add(0);
        }
        int byQuota = quota == null ? CpuQuota.UNLIMITED : quota.cpus(text);
        into.visible(Math.min(effective.count(), byQuota));
    }

    /** Reads how long the container's tasks have run. */
    public void readCpuUsage(CpuReading into, TextScanner text) {
        into.clearUsage();
        if (usage != null) {
            usage.read(into, text);
        }
    }

    /** Reads what the container did with block devices. */
    public void readIo(IoReading into, TextScanner text) {
        into.clear();
        if (io != null) {
            io.read(into, text);
        }
    }

    /** The file that tells how long tasks waited for a resource ({@code cpu}, {@code io}, {@code memory}); only v2 has one. */
    public @Nullable String pressureFile(String resource) {
        return pressure == null ? null : pressure + "/" + resource + ".pressure";
    }

    /** Counts the container's tasks. */
    public void readTasks(TaskCensus into, TextScanner text) {
        into.take(tasks, text);
    }

    @Override
    public void close() {
        hostOnline.close();
        closeIfAny(memory);
        closeIfAny(quota);
        closeIfAny(usage);
        if (io != null) {
            io.close();
        }
        if (cpuset != null) {
            cpuset.close();
        }
    }

    private static void closeIfAny(@Nullable MemoryGroup group) {
        if (group != null) {
            group.close();
        }
    }

    private static void closeIfAny(@Nullable CpuQuota group) {
        if (group != null) {
            group.close();
        }
    }

    private static void closeIfAny(@Nullable CpuUsage group) {
        if (group != null) {
            group.close();
        }
    }
}
