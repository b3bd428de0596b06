package org.caisson.linux;

import java.lang.foreign.MemorySegment;

/**
 * Raw system calls: numbers and addresses in, a result or {@code -errno} out, as the kernel's own ABI has it.
 *
 * <p>The way out of the JVM is one method handle of {@code java.lang.foreign} ({@link LinkedCalls}). Calls may block.
 */
public final class Syscalls {
    private Syscalls() {}

    public static long call(long nr) {
        return call(nr, 0, 0, 0, 0, 0, 0);
    }

    public static long call(long nr, long a) {
        return call(nr, a, 0, 0, 0, 0, 0);
    }

    public static long call(long nr, long a, long b) {
        return call(nr, a, b, 0, 0, 0, 0);
    }

    public static long call(long nr, long a, long b, long c) {
        return call(nr, a, b, c, 0, 0, 0);
    }

    public static long call(long nr, long a, long b, long c, long d) {
        return call(nr, a, b, c, d, 0, 0);
    }

    public static long call(long nr, long a, long b, long c, long d, long e) {
        return call(nr, a, b, c, d, e, 0);
    }

    /** Makes a system call and answers what the kernel answers: a value, or a negated errno in -4095..-1. */
    public static long call(long nr, long a, long b, long c, long d, long e, long f) {
        return LinkedCalls.systemCall(nr, a, b, c, d, e, f);
    }

    /** Whether a result is a negated errno. */
    public static boolean failed(long result) {
        return result < 0 && result >= -4095;
    }

    /** Passes a good result through and throws a failed one. */
    public static long check(long result, String what) throws ErrnoException {
        if (failed(result)) {
            throw ErrnoException.ofResult(result, what);
        }
        return result;
    }

    /** As {@link #check(long, String)}, naming the path in the message. */
    static long check(long result, String what, MemorySegment path) throws ErrnoException {
        if (failed(result)) {
            throw ErrnoException.ofResult(result, what + " " + HostMemory.text(path));
        }
        return result;
    }

    /** As {@link #check(long, String)}, naming what the call was about. */
    static long check(long result, String what, String subject) throws ErrnoException {
        if (failed(result)) {
            throw ErrnoException.ofResult(result, what + " " + subject);
        }
        return result;
    }

    /** As {@link #check(long, String)}, naming the descriptor or process in the message. */
    static long check(long result, String what, long number) throws ErrnoException {
        if (failed(result)) {
            throw ErrnoException.ofResult(result, what + " " + number);
        }
        return result;
    }

    static boolean interrupted(long result) {
        return result == -4; // EINTR; spelled out to keep Errno unloaded on the way to the first system call
    }

    /** A function of libc that is more than a system call, to be called by {@link #invoke}. */
    static MemorySegment libc(String name) {
        long address = LinkedCalls.symbol(name);
        if (address == 0) {
            throw new UnsupportedOperationException("libc has no " + name);
        }
        return MemorySegment.ofAddress(address);
    }

    /** Calls a C function of up to six arguments; one that is an {@code int} answers in the low half. */
    static long invoke(MemorySegment function, long a, long b, long c, long d, long e, long f) {
        return LinkedCalls.call(function, a, b, c, d, e, f, 0);
    }
}
