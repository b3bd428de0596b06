package org.caisson.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;

/**
 * The signals of this process that the launcher blocked: {@code signalfd(2)}. None is lost while a container is
 * still being made, and no thread of the JVM is interrupted by one. In a JVM without the launcher there are none.
 */
final class BlockedSignals extends SignalSource {
    // HUP INT QUIT USR1 USR2 TERM WINCH: those that the launcher blocks.
    private static final long WANTED = bit(1) | bit(2) | bit(3) | bit(10) | bit(12) | bit(15) | bit(SIGWINCH);
    private static final int SIG_BLOCK = 0;
    private static final int SIG_UNBLOCK = 1;
    private static final int SET_SIZE = 8;
    private static final int SFD_NONBLOCK_CLOEXEC = 0x80800;
    private static final int SIGINFO_SIZE = 128;

    private final OwnedFd fd;
    private final MemorySegment info = Arena.ofAuto().allocate(SIGINFO_SIZE, 8);

    private BlockedSignals(OwnedFd fd) {
        this.fd = fd;
    }

    /** All signals of {@link #WANTED} that this thread has blocked. */
    static BlockedSignals open() throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment set = scratch.allocate(SET_SIZE);
            mask(SIG_BLOCK, 0, set.address());
            set.set(ValueLayout.JAVA_LONG, 0, set.get(ValueLayout.JAVA_LONG, 0) & WANTED);
            long result = Syscalls.call(SyscallNumbers.SIGNALFD4, -1, set.address(), SET_SIZE, SFD_NONBLOCK_CLOEXEC);
            return new BlockedSignals(OwnedFd.own((int) Syscalls.check(result, "signalfd")));
        }
    }

    /** Lets signals end this process as usual, for commands that start no program. */
    static void unblockAll() {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment set = scratch.allocate(SET_SIZE);
            set.set(ValueLayout.JAVA_LONG, 0, WANTED);
            mask(SIG_UNBLOCK, set.address(), 0);
        }
    }

    @Override
    int number() {
        return fd.number();
    }

    @Override
    int read() {
        long length = Syscalls.call(SyscallNumbers.READ, fd.number(), info.address(), SIGINFO_SIZE);
        return length == SIGINFO_SIZE ? info.get(ValueLayout.JAVA_INT, 0) : 0;
    }

    @Override
    public void close() {
        fd.close();
    }

    private static void mask(int how, long set, long old) {
        Syscalls.call(SyscallNumbers.RT_SIGPROCMASK, how, set, old, SET_SIZE);
    }
}
