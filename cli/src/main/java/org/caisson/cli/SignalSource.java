package org.caisson.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;

/**
 * The signals that the launcher blocked, as a descriptor to poll: {@code signalfd(2)}. None is lost while a container is
 * still being made, and no thread of the JVM is interrupted by one. In a JVM without the launcher there are none.
 */
final class SignalSource implements AutoCloseable {
    static final int SIGWINCH = 28;

    private static final long ENDING = bit(1) | bit(2) | bit(3) | bit(15); // HUP INT QUIT TERM

    // HUP INT QUIT USR1 USR2 TERM WINCH: those that the launcher blocks.
    private static final long WANTED = bit(1) | bit(2) | bit(3) | bit(10) | bit(12) | bit(15) | bit(SIGWINCH);
    private static final int SIG_BLOCK = 0;
    private static final int SIG_UNBLOCK = 1;
    private static final int SET_SIZE = 8;
    private static final int SFD_NONBLOCK_CLOEXEC = 0x80800;
    private static final int SIGINFO_SIZE = 128;

    private final OwnedFd fd;
    private long kept;
    private final MemorySegment info = Arena.ofAuto().allocate(SIGINFO_SIZE, 8);

    private SignalSource(OwnedFd fd) {
        this.fd = fd;
    }

    /** All signals of {@link #WANTED} that this thread has blocked. */
    static SignalSource open() throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment set = scratch.allocate(SET_SIZE);
            mask(SIG_BLOCK, 0, set.address());
            set.set(ValueLayout.JAVA_LONG, 0, set.get(ValueLayout.JAVA_LONG, 0) & WANTED);
            long result = Syscalls.call(SyscallNumbers.SIGNALFD4, -1, set.address(), SET_SIZE, SFD_NONBLOCK_CLOEXEC);
            return new SignalSource(OwnedFd.own((int) Syscalls.check(result, "signalfd")));
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

    /** Whether a signal asks for the end of whatever is going on. */
    static boolean isEnding(int signal) {
        return (ENDING & bit(signal)) != 0;
    }

    int number() {
        return fd.number();
    }

    /** Lets {@link #next} tell a signal again. */
    void keep(int signal) {
        kept |= bit(signal);
    }

    /** The next signal, or 0 if none is pending. */
    int next() {
        if (kept != 0) {
            int signal = Long.numberOfTrailingZeros(kept) + 1;
            kept &= kept - 1;
            return signal;
        }
        return read();
    }

    /** The next signal that was not kept, or 0. */
    int read() {
        long length = Syscalls.call(SyscallNumbers.READ, fd.number(), info.address(), SIGINFO_SIZE);
        return length == SIGINFO_SIZE ? info.get(ValueLayout.JAVA_INT, 0) : 0;
    }

    /** Waits for a signal that asks for an end; others are taken and dropped. */
    void awaitEnding() throws ErrnoException {
        MemorySegment polled = Arena.ofAuto().allocate(8, 4);
        while (true) {
            FileCalls.setPollEntry(polled, 0, fd.number(), FileCalls.POLLIN);
            FileCalls.poll(polled, 1, -1);
            for (int signal = next(); signal != 0; signal = next()) {
                if (isEnding(signal)) {
                    return;
                }
            }
        }
    }

    @Override
    public void close() {
        fd.close();
    }

    private static void mask(int how, long set, long old) {
        Syscalls.call(SyscallNumbers.RT_SIGPROCMASK, how, set, old, SET_SIZE);
    }

    private static long bit(int signal) {
        return 1L << (signal - 1);
    }
}
