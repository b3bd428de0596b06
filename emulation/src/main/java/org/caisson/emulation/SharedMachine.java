package org.caisson.emulation;

import java.lang.foreign.MemorySegment;
import org.caisson.emulation.cgroup.CpuReading;
import org.caisson.emulation.cgroup.ResourceView;
import org.caisson.emulation.proc.ProcFiles;
import org.caisson.emulation.proc.SystemNumbers;
import org.caisson.emulation.text.TextScanner;
import org.caisson.emulation.trap.Machine;

/** What trapped calls say of the machine: the readings of the emulated files. */
final class SharedMachine implements Machine {
    private static final ThreadLocal<Readings> READINGS = ThreadLocal.withInitial(Readings::new);

    private final ResourceView view;
    private final ProcFiles files;

    SharedMachine(ResourceView view, ProcFiles files) {
        this.view = view;
        this.files = files;
    }

    @Override
    public void fill(MemorySegment sysinfo) {
        SystemNumbers numbers = READINGS.get().numbers;
        files.read(numbers);
        numbers.write(sysinfo);
    }

    @Override
    public int visibleCpus() {
        Readings readings = READINGS.get();
        view.readCpus(readings.cpus, readings.text);
        return readings.cpus.visible();
    }

    /** What one thread reads into. */
    private static final class Readings {
        private final SystemNumbers numbers = new SystemNumbers();
        private final CpuReading cpus = new CpuReading();
        private final TextScanner text = new TextScanner();
    }
}
