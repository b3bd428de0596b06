package org.caisson.emulation.trap;

import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.ThreadCredentials;
import org.caisson.linux.ThreadCredentials.CapabilitySets;

/**
 * Work of a thread of ours with the rights that a tracee has on files: its ids and groups, and of capabilities at most some.
 * Where those of the tracee would give it more, the kernel's refusal stands.
 */
final class FileRights {
    /** The ids of a tracee in the host's count, with which it opens files. */
    record Ids(int uid, int gid, List<Integer> groups, int umask) {}

    /** What is done with these rights; it must not wait for other threads. */
    interface Work<T> {
        T run() throws ErrnoException;
    }

    private final int[] groups;
    private final int uid;
    private final int gid;
    private final CapabilitySets sets;

    private FileRights() throws ErrnoException {
        groups = ThreadCredentials.getgroups();
        uid = ThreadCredentials.setfsuid(-1);
        gid = ThreadCredentials.setfsgid(-1);
        sets = ThreadCredentials.capget();
    }

    /** Does the work, with {@code kept} of the capabilities in effect, as bits, which may be none. */
    static <T> T with(Ids ids, long kept, Work<T> work) throws ErrnoException {
        FileRights own = new FileRights();
        try {
            own.give(ids, kept);
            return work.run();
        } finally {
            own.restore();
        }
    }

    private void give(Ids ids, long kept) throws ErrnoException {
        ThreadCredentials.setgroups(
                ids.groups().stream().mapToInt(Integer::intValue).toArray());
        ThreadCredentials.setfsgid(ids.gid());
        ThreadCredentials.setfsuid(ids.uid());
        int limited = ThreadCredentials.capset(new CapabilitySets(kept, sets.permitted(), sets.inheritable()));
        if (limited != 0
                || ThreadCredentials.setfsuid(-1) != ids.uid()
                || ThreadCredentials.setfsgid(-1) != ids.gid()) {
            throw Errno.EPERM.exception();
        }
    }

    /** A thread that has lost its own rights serves nobody any more. */
    static final class Lost extends Error {
        private static final long serialVersionUID = 1;

        Lost(String message) {
            super(message);
        }
    }

    private void restore() {
        int restored = ThreadCredentials.capset(sets);
        ThreadCredentials.setfsuid(uid);
        ThreadCredentials.setfsgid(gid);
        // A change of the user id from or to root's takes and gives some by itself.
        restored |= ThreadCredentials.capset(sets);
        if (restored != 0) {
            throw new Lost("a thread cannot get its own rights back: errno " + -restored);
        }
        try {
            ThreadCredentials.setgroups(groups);
        } catch (ErrnoException refused) {
            throw new Lost("a thread cannot get its own groups back: " + refused.getMessage());
        }
    }
}
