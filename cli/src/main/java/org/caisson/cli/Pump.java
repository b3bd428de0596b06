package org.caisson.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;

/** Bytes on their way from one descriptor to another. Used by one thread. */
final class Pump {
    private static final int SIZE = 16 * 1024;
    /** A pipe that polls writable takes as much without waiting: PIPE_BUF of {@code pipe(7)}. */
    private static final int MOST_AT_ONCE = 4096;

    private static final byte END_OF_FILE = 4; // Ctrl-D
    private static final long EAGAIN = -11;
    private static final long EINTR = -4;

    private final int from;
    private final int to;
    private final MemorySegment buffer = Arena.ofAuto().allocate(SIZE);
    private int start;
    private int end;
    private boolean ended;
    private byte last = '\n';

    Pump(int from, int to) {
        this.from = from;
        this.to = to;
    }

    /** Whether there is room for more, and more may come. */
    boolean wantsInput() {
        return !ended && start == end;
    }

    /** Whether bytes wait for the other side. */
    boolean wantsOutput() {
        return start < end;
    }

    /** Whether the source gives nothing any more. */
    boolean ended() {
        return ended;
    }

    /** Takes what there is; a terminal whose other side is closed answers EIO, which is an end as any other. */
    void read() {
        long length = Syscalls.call(SyscallNumbers.READ, from, buffer.address(), SIZE);
        if (length > 0) {
            start = 0;
            end = (int) length;
            last = buffer.get(ValueLayout.JAVA_BYTE, length - 1);
        } else if (length != EAGAIN && length != EINTR) {
            ended = true;
        }
    }

    /** Hands on what waits; a side that takes nothing any more swallows it. */
    void write() {
        long length =
                Syscalls.call(SyscallNumbers.WRITE, to, buffer.address() + start, Math.min(end - start, MOST_AT_ONCE));
        if (length >= 0) {
            start += (int) length;
        } else if (length != EAGAIN && length != EINTR) {
            start = end;
        }
    }

    /** The source gave nothing, and may give something again. */
    void goOn() {
        ended = false;
    }

    /**
     * Tells a terminal that its input has ended, after everything before has gone. Its end-of-file character ends the line
     * that is being typed; only on an empty line does it mean the end, see {@code termios(3)}.
     */
    void putEndOfFile() {
        start = 0;
        end = last == '\n' ? 1 : 2;
        for (int i = 0; i < end; i++) {
            buffer.set(ValueLayout.JAVA_BYTE, i, END_OF_FILE);
        }
    }
}
