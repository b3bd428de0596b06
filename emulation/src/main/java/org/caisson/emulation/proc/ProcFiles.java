package org.caisson.emulation.proc;

import java.util.List;
import org.caisson.emulation.cgroup.CpuReading;
import org.caisson.emulation.cgroup.MemoryReading;
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
    /** The names of the files, in the order in which they are bound. */
    public static final List<String> NAMES = List.of("uptime", "swaps", "cpuinfo", "meminfo", "stat", "loadavg");

    private static final ThreadLocal<Readings> READINGS = ThreadLocal.withInitial(Readings::new);

    private final KernelFile hostCpuInfo = new KernelFile("/proc/cpuinfo");
    /** More than any of the texts has, so that sendfile(2) reads them whole: 64 KiB, or as much for every processor. */
    private static final long SHOWN_SIZE =
            Math.max(1 << 16, Long.highestOneBit(Runtime.getRuntime().availableProcessors()) << 12);

    /** The names stay; the size does not, for a read through the page cache makes the kernel believe the text's length. */
    private static final CachePolicy CACHED =
            new CachePolicy(CachePolicy.NAMES.entryNanos(), 0, CachePolicy.NAMES.directIo(), false);

    private final KernelFile hostMemInfo = new KernelFile("/proc/meminfo");
    private final KernelFile hostStat = new KernelFile("/proc/stat");
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

    /** Adds the files to a directory. */
    public void addTo(SyntheticDirectory.Builder proc) {
        add(proc, "uptime", (credentials, out) -> uptime(out));
        add(proc, "swaps", (credentials, out) -> swaps(out));
        add(proc, "cpuinfo", (credentials, out) -> cpuInfo(out));
        add(proc, "meminfo", (credentials, out) -> memInfo(out));
        add(proc, "stat", (credentials, out) -> stat(out));
        add(proc, "loadavg", (credentials, out) -> load.write(out));
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
    }

    /** What one thread reads into. */
    private static final class Readings {
        private final TextScanner hostText = new TextScanner();
        private final TextScanner cgroupText = new TextScanner();
        private final MemInfo.Host hostMemory = new MemInfo.Host();
        private final MemoryReading memory = new MemoryReading();
        private final CpuReading cpus = new CpuReading();
    }
}
