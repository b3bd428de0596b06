package org.caisson.runtime.stage;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.ProcessCalls.ResourceLimit;
import org.caisson.linux.Scratch;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;

/**
 * What a process has from its parent and a program has from the process that asked for it: limits, niceness, CPUs. A stage that a daemon
 * starts gets them from whom the daemon starts it for.
 */
final class ProcessTraits {
    private static final int LIMITS = 16;
    private static final int PRIO_PROCESS = 0;
    private static final int CPU_SET_SIZE = 1024;
    /** getpriority(2) answers 20 minus the niceness, so that it is never an error. */
    private static final int NICE_ZERO = 20;

    private ProcessTraits() {}

    /** Gives one process what another has; one that has ended is as one that has nothing of its own. */
    static void copy(int from, int to) throws ErrnoException {
        try {
            for (int resource = 0; resource < LIMITS; resource++) {
                ResourceLimit limit = ProcessCalls.prlimit(from, resource);
                // As in a command of its own, whose JVM raises it.
                boolean files = resource == ProcessCalls.RLIMIT_NOFILE;
                ResourceLimit wanted = files ? new ResourceLimit(limit.hard(), limit.hard()) : limit;
                if (!ProcessCalls.prlimit(to, resource).equals(wanted)) {
                    ProcessCalls.setPrlimit(to, resource, wanted);
                }
            }
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ESRCH) {
                throw e;
            }
        }
        long priority = Syscalls.call(SyscallNumbers.GETPRIORITY, PRIO_PROCESS, from);
        // Else it has ended meanwhile.
        if (priority > 0 && priority != Syscalls.call(SyscallNumbers.GETPRIORITY, PRIO_PROCESS, to)) {
            Syscalls.call(SyscallNumbers.SETPRIORITY, PRIO_PROCESS, to, NICE_ZERO - priority);
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment cpus = scratch.allocate(CPU_SET_SIZE);
            long length = Syscalls.call(SyscallNumbers.SCHED_GETAFFINITY, from, CPU_SET_SIZE, cpus.address());
            if (length > 0) {
                Syscalls.call(SyscallNumbers.SCHED_SETAFFINITY, to, length, cpus.address());
            }
        }
    }
}
