package org.caisson.emulation.trap;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.Scratch;
import org.caisson.linux.SyscallNumbers;

/** sysinfo(2): the numbers of the container's {@code /proc/meminfo}, {@code uptime} and {@code loadavg}. */
final class SysinfoHandler implements TrapHandler {
    /** The size of {@code struct sysinfo} of {@code linux/sysinfo.h}. */
    static final int SIZE = 112;

    private final Machine machine;

    SysinfoHandler(Machine machine) {
        this.machine = machine;
    }

    @Override
    public int systemCall() {
        return SyscallNumbers.SYSINFO;
    }

    @Override
    public long handle(TrappedCall call) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment info = scratch.allocate(SIZE);
            machine.fill(info);
            call.tracee().write(call.argument(0), info);
        }
        return 0;
    }
}
