package org.caisson.linux.seccomp;

import org.caisson.linux.Errno;
import org.jspecify.annotations.Nullable;

/** What a filter answers for a system call: one of the {@code SECCOMP_RET_*} values of {@code linux/seccomp.h}. */
public record SeccompAction(int value) {
    /** The kernel serves the call. */
    public static final SeccompAction ALLOW = new SeccompAction(0x7fff0000);

    /** The kernel writes the call to its log and serves it. */
    public static final SeccompAction LOG = new SeccompAction(0x7ffc0000);

    /** The listener of the filter decides. */
    public static final SeccompAction NOTIFY = new SeccompAction(0x7fc00000);

    /** The caller gets SIGSYS. */
    public static final SeccompAction TRAP = new SeccompAction(0x00030000);

    /** The whole process is killed by SIGSYS. */
    public static final SeccompAction KILL = new SeccompAction(0x80000000);

    /** The calling thread alone is killed. */
    public static final SeccompAction KILL_THREAD = new SeccompAction(0);

    private static final int RET_ERRNO = 0x00050000;
    private static final int RET_TRACE = 0x7ff00000;
    private static final int MAX_ERRNO = 4095;

    /** The call fails with an errno and does nothing. */
    public static SeccompAction errno(Errno errno) {
        return errno(errno.number());
    }

    /** The call fails with an error number (0: it succeeds) and does nothing. */
    public static SeccompAction errno(int number) {
        if (number < 0 || number > MAX_ERRNO) {
            throw new IllegalArgumentException("no system call fails with the error number " + number);
        }
        return new SeccompAction(RET_ERRNO | number);
    }

    /** A tracer decides; without one the call fails with ENOSYS. */
    public static SeccompAction trace(int message) {
        return new SeccompAction(RET_TRACE | (message & 0xffff));
    }

    // Written out, here and in SeccompFilter's rules: the generated ones are linked at their first use, which takes
    // milliseconds of the
    // start of a container.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SeccompAction action && action.value == value;
    }

    @Override
    public int hashCode() {
        return value;
    }
}
