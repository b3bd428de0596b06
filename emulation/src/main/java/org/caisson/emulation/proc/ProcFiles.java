package org.caisson.emulation.proc;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.cgroup.CpuReading;
import org.caisson.emulation.cgroup.IoReading;
import org.caisson.emulation.cgroup.MemoryReading;
import org.caisson.emulation.cgroup.PressureTriggers;
import org.caisson.emulation.cgroup.ResourceView;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.synthetic.GeneratedFile;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.TextBuffer;

/**
 * The emulated files at the top of one container's {@code /proc}. Any number of threads may read them at once; what a
 * reading needs is kept for each thread and used again.
 */
public final class ProcFiles implements AutoCloseable {
    private static final List<String> NAMES = List.of(
            "uptime",
            "swaps",
            "cpuinfo",
            "meminfo",
            "stat",
            "loadavg",
            "diskstats",
            "partitions",
            "vmstat",
            "slabinfo",
            "cmdline");

    private static final String PRESSURE = "pressure";
    private static final List<String> RESOURCES = List.of("cpu", "io", "memory");
    private static final int OWNER_READS = 0400;

    private static final ThreadLocal<Readings> READINGS = ThreadLocal.withInitial(Readings::new);

    private final KernelFile hostCpuInfo = new KernelFile("/proc/cpuinfo");
    /** More than any of the texts has, so that sendfile(2) reads them whole: 64 KiB, or as much for every processor. */
    private static final long SHOWN_SIZE =
            Math.max(1 << 16, Long.highestOneBit(Runtime.getRuntime().availableProcessors()) << 12);

    /** The names stay; the size does not, for a read through the page cache makes the kernel believe the text's length. */
    private static final CachePolicy CACHED =
            new CachePolicy(CachePolicy.NAMES.entryNanos(), 0, CachePolicy.NAMES.directIo(), false);

    private static final String HOST_NODE = "/sys/devices/system/node/node0";

    private final KernelFile hostMemInfo = new KernelFile("/proc/meminfo");
    private final KernelFile hostStat = new KernelFile("/proc/stat");
    private final KernelFile hostDisks = new KernelFile("/proc/diskstats");
    private final KernelFile hostPartitions = new KernelFile("/proc/partitions");
    private final KernelFile hostNode = new KernelFile(HOST_NODE + "/meminfo");
    private final List<PressureFile> pressureFiles = new ArrayList<>();
    private final PressureTriggers triggers = new PressureTriggers();
    private final ResourceView view;
    private final ContainerClock clock;
    private final CpuClock cpuClock = new CpuClock();
    private final HostCounters counters = new HostCounters();
    private final LoadSampler load;

    public ProcFiles(ResourceView view, ContainerClock clock) {
        this.view = view;
        this.clock = clock;
        this.load = new LoadSampler(view, clock);
    }

    /** The parts of {@code /proc} that are here, those that the host has, in the order in which they are bound. */
    public static List<String> names() {
        List<String> names = new ArrayList<>();
        for (String name : NAMES) {
            if (isOfHost(name)) {
                names.add(name);
            }
        }
        if (isOfHost(PRESSURE)) {
            names.add(PRESSURE);
        }
        return names;
    }

    /** Whether one of the {@link #names} is a directory. */
    public static boolean isDirectory(String name) {
        return name.equals(PRESSURE);
    }

    private static boolean isOfHost(String name) {
        return Files.exists(Path.of("/proc", name));
    }

    /** Adds the files to a directory. */
    public void addTo(SyntheticDirectory.Builder proc) {
        add(proc, "uptime", (credentials, out) -> uptime(out));
        add(proc, "swaps", (credentials, out) -> swaps(out));
        add(proc, "cpuinfo", (credentials, out) -> cpuInfo(out));
        add(proc, "meminfo", (credentials, out) -> memInfo(out));
        add(proc, "stat", (credentials, out) -> stat(out));
        add(proc, "loadavg", (credentials, out) -> load.write(out));
        add(proc, "diskstats", (credentials, out) -> diskStatistics(out));
        add(proc, "partitions", (credentials, out) -> partitions(out));
        // The host's may hold anything that its administrator gave the kernel.
        add(proc, "cmdline", (credentials, out) -> out.newLine());
        add(proc, "vmstat", (credentials, out) -> virtualMemory(HostNames.SYSTEM, out));
        proc.add(
                "slabinfo",
                GeneratedFile.of((credentials, out) -> out.appendBytes(HostNames.SLAB_COLUMNS))
                        .withMode(OWNER_READS)
                        .withSize(SHOWN_SIZE)
                        .withCachePolicy(CACHED));
        SyntheticDirectory.Builder pressure = proc.directory(PRESSURE).cachePolicy(CachePolicy.NAMES);
        for (String resource : RESOURCES) {
            if (isOfHost(PRESSURE + "/" + resource)) {
                PressureFile file = new PressureFile(view, resource, triggers);
                pressureFiles.add(file);
                pressure.add(resource, file.node().withSize(SHOWN_SIZE).withCachePolicy(CACHED));
            }
        }
    }

    /** The {@code meminfo} of the only memory node that the container is shown. */
    public void nodeMemory(TextBuffer out) {
        Readings readings = READINGS.get();
        view.readMemory(readings.memory, readings.cgroupText);
        hostMemInfo.read(readings.hostText);
        readings.hostMemory.take(readings.hostText);
        hostNode.read(readings.hostText);
        MemInfo.writeNode(readings.hostText, readings.hostMemory, readings.memory, out);
    }

    /** The {@code vmstat} of that node. */
    public void nodeVirtualMemory(TextBuffer out) {
        virtualMemory(HostNames.NODE, out);
    }

    private static void add(SyntheticDirectory.Builder proc, String name, GeneratedFile.Content content) {
        proc.add(name, GeneratedFile.of(content).withSize(SHOWN_SIZE).withCachePolicy(CACHED));
    }

    private void uptime(TextBuffer out) {
        Readings readings = READINGS.get();
        long age = advanceClock(readings);
        Uptime.write(age, cpuClock.idle(), out);
    }

    /** What {@code uptime}, {@code meminfo} and {@code loadavg} say now, for who asks with sysinfo(2). */
    public void read(SystemNumbers into) {
        Readings readings = READINGS.get();
        view.readMemory(readings.memory, readings.cgroupText);
        hostMemInfo.read(readings.hostText);
        readings.hostMemory.take(readings.hostText);
        into.take(readings.hostMemory, readings.memory);
        into.take(clock.age(), load);
    }

    private void swaps(TextBuffer out) {
        Readings readings = READINGS.get();
        view.readMemory(readings.memory, readings.cgroupText);
        hostMemInfo.read(readings.hostText);
        readings.hostMemory.take(readings.hostText);
        Swaps.write(
                MemInfo.swapTotal(readings.hostMemory, readings.memory),
                MemInfo.swapFree(readings.hostMemory, readings.memory),
                out);
    }

    private void cpuInfo(TextBuffer out) {
        Readings readings = READINGS.get();
        view.readCpus(readings.cpus, readings.cgroupText);
        hostCpuInfo.read(readings.hostText);
        CpuInfo.write(readings.hostText, readings.cpus.effective(), readings.cpus.visible(), out);
    }

    private void memInfo(TextBuffer out) {
        Readings readings = READINGS.get();
        view.readMemory(readings.memory, readings.cgroupText);
        hostMemInfo.read(readings.hostText);
        MemInfo.write(readings.hostText, readings.hostMemory, readings.memory, out);
    }

    private void stat(TextBuffer out) {
        Readings readings = READINGS.get();
        long age = advanceClock(readings);
        hostStat.read(readings.hostText);
        counters.advance(readings.hostText, age, clock.hostAge());
        CpuStatistics.write(cpuClock.copy(), counters, clock.bootSecond(), load.running(), load.blocked(), out);
    }

    private void diskStatistics(TextBuffer out) {
        Readings readings = READINGS.get();
        view.readIo(readings.io, readings.cgroupText);
        if (!readings.io.isEmpty()) {
            hostDisks.read(readings.hostText);
        } else {
            readings.hostText.take("");
        }
        BlockDevices.writeStatistics(readings.hostText, readings.io, out);
    }

    private void partitions(TextBuffer out) {
        Readings readings = READINGS.get();
        view.readIo(readings.io, readings.cgroupText);
        if (!readings.io.isEmpty()) {
            hostPartitions.read(readings.hostText);
        } else {
            readings.hostText.take("");
        }
        BlockDevices.writePartitions(readings.hostText, readings.io, out);
    }

    private void virtualMemory(VirtualMemory names, TextBuffer out) {
        Readings readings = READINGS.get();
        view.readMemory(readings.memory, readings.cgroupText);
        view.readIo(readings.io, readings.cgroupText);
        hostMemInfo.read(readings.hostText);
        readings.hostMemory.take(readings.hostText);
        names.write(readings.memory, readings.io, MemInfo.free(readings.hostMemory, readings.memory), out);
    }

    private long advanceClock(Readings readings) {
        view.readCpus(readings.cpus, readings.cgroupText);
        view.readCpuUsage(readings.cpus, readings.cgroupText);
        long age = clock.age();
        cpuClock.advance(age, readings.cpus);
        return age;
    }

    @Override
    public void close() {
        load.close();
        hostCpuInfo.close();
        hostMemInfo.close();
        hostStat.close();
        hostDisks.close();
        hostPartitions.close();
        hostNode.close();
        triggers.close();
        for (PressureFile file : pressureFiles) {
            file.close();
        }
    }

    /** What the kernel's files name, learnt when one of them is first read. */
    private static final class HostNames {
        private static final byte[] SLAB_COLUMNS = SlabInfo.text();
        private static final VirtualMemory SYSTEM = VirtualMemory.like("/proc/vmstat");
        private static final VirtualMemory NODE = VirtualMemory.like(HOST_NODE + "/vmstat");
    }

    /** What one thread reads into. */
    private static final class Readings {
        private final TextScanner hostText = new TextScanner();
        private final TextScanner cgroupText = new TextScanner();
        private final MemInfo.Host hostMemory = new MemInfo.Host();
        private final MemoryReading memory = new MemoryReading();
        private final CpuReading cpus = new CpuReading();
        private final IoReading io = new IoReading();
    }
}
