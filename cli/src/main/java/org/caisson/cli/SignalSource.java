package org.caisson.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;

/** The signals that a command's caller gets and does not act on itself, as a descriptor to poll. */
abstract class SignalSource implements AutoCloseable {
    static final int SIGKILL = 9;
    static final int SIGWINCH = 28;

    private static final long ENDING = bit(1) | bit(2) | bit(3) | bit(SIGKILL) | bit(15); // HUP INT QUIT TERM

    private long kept;

    /** Whether a signal asks for the end of whatever is going on. */
    static boolean isEnding(int signal) {
        return (ENDING & bit(signal)) != 0;
    }

    static long bit(int signal) {
        return 1L << (signal - 1);
    }

    /** What becomes readable when there is a signal; -1 if there will be none any more. */
    abstract int number();

    /** The next signal that was not kept, or 0. */
    abstract int read();

    @Override
    public abstract void close();

    /** Lets {@link #next} tell a signal again. */
    final void keep(int signal) {
        kept |= bit(signal);
    }

    /** The next signal, or 0 if none is pending. */
    final int next() {
        if (kept != 0) {
            int signal = Long.numberOfTrailingZeros(kept) + 1;
            kept &= kept - 1;
            return signal;
        }
        return read();
    }

    /** Waits for a signal that asks for an end; others are taken and dropped. */
    final void awaitEnding() throws ErrnoException {
        MemorySegment polled = Arena.ofAuto().allocate(8, 4);
        while (true) {
            FileCalls.setPollEntry(polled, 0, number(), FileCalls.POLLIN);
            FileCalls.poll(polled, 1, -1);
            for (int signal = next(); signal != 0; signal = next()) {
                if (isEnding(signal)) {
                    return;
                }
            }
        }
    }
}
