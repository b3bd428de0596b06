package org.caisson.emulation.trap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.NamespaceCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.Scratch;
import org.caisson.linux.SyscallNumbers;

/**
 * sched_getaffinity(2): of the processors that a thread may run on, the first ones, as many as the container is shown. The
 * numbers stay the host's, so that what was got can be set again.
 */
final class AffinityHandler implements TrapHandler {
    /** More than the set of any kernel has ({@code cpumask_size}), which is at most CONFIG_NR_CPUS bits. */
    private static final int LARGEST_SET = 8192 / 8;

    private final Machine machine;

    AffinityHandler(Machine machine) {
        this.machine = machine;
    }

    @Override
    public int systemCall() {
        return SyscallNumbers.SCHED_GETAFFINITY;
    }

    @Override
    public long handle(TrappedCall call) throws ErrnoException {
        int room = (int) call.argument(1);
        if ((room & (Long.BYTES - 1)) != 0) {
            throw Errno.EINVAL.exception();
        }
        Tracee tracee = call.tracee();
        int thread = (int) call.argument(0);
        int size = Integer.compareUnsigned(room, LARGEST_SET) < 0 ? room : LARGEST_SET;
        try (Scratch scratch = Scratch.open()) {
            MemorySegment set = scratch.allocate(Math.max(size, Long.BYTES)).asSlice(0, size);
            // Whether the room is enough (EINVAL) comes before whether there is such a thread (ESRCH).
            int length = ProcessCalls.schedGetaffinity(0, set);
            if (thread == 0) {
                ProcessCalls.schedGetaffinity(tracee.tid(), set);
                call.mustStillWait();
            } else {
                ProcessCalls.schedGetaffinity(onTheHost(tracee, thread), set);
            }
            cut(set.asSlice(0, length), machine.visibleCpus());
            tracee.write(call.argument(2), set.asSlice(0, length));
            return length;
        }
    }

    /** The number here of a thread that the tracee names by its number there; ESRCH if there is none. */
    private static int onTheHost(Tracee tracee, int thread) throws ErrnoException {
        if (thread < 0) {
            throw Errno.ESRCH.exception();
        }
        try (OwnedFd pids = tracee.namespace("pid")) {
            return NamespaceCalls.pidFromNamespace(pids.number(), thread);
        }
    }

    /** Leaves the first members of a set. */
    private static void cut(MemorySegment set, int most) {
        int left = most;
        for (long at = 0; at < set.byteSize(); at += Long.BYTES) {
            long word = set.get(ValueLayout.JAVA_LONG, at);
            while (Long.bitCount(word) > left) {
                word &= ~Long.highestOneBit(word);
            }
            left -= Long.bitCount(word);
            set.set(ValueLayout.JAVA_LONG, at, word);
        }
    }
}
