package org.caisson.vfs.host;

import org.caisson.linux.Capabilities;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.ThreadCredentials;
import org.caisson.linux.ThreadCredentials.CapabilitySets;
import org.caisson.vfs.Credentials;

/**
 * Whose the files are that are made. While one is made, the thread's file system ids are those of the caller, with our capabilities: so
 * the host gives a file to its owner as it makes it. To make it first and then change its owner would let somebody on the host put
 * another file in its place meanwhile, which would be given away.
 *
 * <p>A process that may not take other ids makes files of its own.
 */
final class CallerIds {
    private static final long NEEDED = 1L << Capabilities.CAP_SETUID | 1L << Capabilities.CAP_SETGID;

    private final int uid;
    private final int gid;
    private final CapabilitySets sets;
    private final boolean mayChange;

    /** Of the calling thread; all threads of a JVM have the same. */
    CallerIds() throws ErrnoException {
        uid = ThreadCredentials.setfsuid(-1);
        gid = ThreadCredentials.setfsgid(-1);
        sets = ThreadCredentials.capget();
        mayChange = (sets.effective() & NEEDED) == NEEDED;
    }

    /** Whether files are made with the ids of the caller. */
    boolean mayChange() {
        return mayChange;
    }

    /** Takes the ids of a caller until {@link #leave}: 0, or a negated errno with nothing changed. EOVERFLOW for ids without a mapping. */
    int enter(Credentials caller) {
        if (isOwn(caller)) {
            return 0;
        }
        ThreadCredentials.setfsgid(caller.gid());
        ThreadCredentials.setfsuid(caller.uid());
        if (ThreadCredentials.setfsuid(-1) != caller.uid() || ThreadCredentials.setfsgid(-1) != caller.gid()) {
            restore();
            return -Errno.EOVERFLOW.number();
        }
        // Leaving user 0 took the capabilities over files away.
        int outcome = ThreadCredentials.capset(sets);
        if (outcome < 0) {
            restore();
        }
        return outcome;
    }

    void leave(Credentials caller) {
        if (!isOwn(caller)) {
            restore();
        }
    }

    private boolean isOwn(Credentials caller) {
        return !mayChange || (caller.uid() == uid && caller.gid() == gid);
    }

    private void restore() {
        ThreadCredentials.setfsuid(uid);
        ThreadCredentials.setfsgid(gid);
        ThreadCredentials.capset(sets);
    }
}
