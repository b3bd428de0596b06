package org.caisson.emulation.trap;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;

/** Namespaces of tasks inside a container that ask for something outside of a trapped call. */
public final class TaskNamespaces {
    private TaskNamespaces() {}

    /**
     * A namespace that a thread is in and may administer.
     *
     * @param tid the thread's number on the host
     * @param kind as in {@code /proc/TID/ns}
     * @throws ErrnoException EPERM if it has no CAP_SYS_ADMIN there
     */
    public static OwnedFd administered(int tid, String kind) throws ErrnoException {
        try (Tracee task = new Tracee(tid, null)) {
            OwnedFd namespace = task.namespace(kind);
            if (task.mayAdminister(namespace)) {
                return namespace;
            }
            namespace.close();
            throw Errno.EPERM.exception();
        }
    }
}
