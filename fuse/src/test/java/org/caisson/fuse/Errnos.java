package org.caisson.fuse;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;

/** What system calls fail with. */
final class Errnos {
    private Errnos() {}

    /** A system call that may fail. */
    @FunctionalInterface
    interface Call {
        void run() throws ErrnoException;
    }

    /** The errno that a call fails with. */
    static Errno of(Call call) {
        try {
            call.run();
        } catch (ErrnoException e) {
            return e.errno();
        }
        throw new AssertionError("the call did not fail");
    }
}
