package org.caisson.linux;

import java.io.IOException;

/** A system call that failed, with its errno: "mount /proc: Operation not permitted (EPERM)". */
public final class ErrnoException extends IOException {
    private static final long serialVersionUID = 1;

    private final Errno errno;

    private ErrnoException(Errno errno, String message) {
        super(message);
        this.errno = errno;
    }

    /** A failure of what was tried, on what: {@code of(EPERM, "mount /proc")}. */
    public static ErrnoException of(Errno errno, String what) {
        return new ErrnoException(errno, what + ": " + describe(errno));
    }

    /** The failure of a system call that answered {@code -errno}. */
    public static ErrnoException ofResult(long result, String what) {
        int number = (int) -result;
        Errno errno = Errno.ofOrEio(number);
        if (errno.number() != number) {
            return new ErrnoException(errno, what + ": unknown error " + number);
        }
        return of(errno, what);
    }

    static ErrnoException stackless(Errno errno) {
        ErrnoException exception = new ErrnoException(errno, describe(errno));
        exception.setStackTrace(new StackTraceElement[0]);
        return exception;
    }

    public Errno errno() {
        return errno;
    }

    private static String describe(Errno errno) {
        return errno.text() + " (" + errno.name() + ")";
    }
}
