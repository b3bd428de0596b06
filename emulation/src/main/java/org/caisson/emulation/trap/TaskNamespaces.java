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
     * @param tid the thread's number on the host, which waits for us
     * @param kind as in {@code /proc/TID/ns}
     * @param container the inode number of the container's user namespace: what is not owned there or below is not the
     *     container's, whoever asks
     * @throws ErrnoException EPERM if it has no CAP_SYS_ADMIN there
     */
    public static OwnedFd administered(int tid, String kind, long container) throws ErrnoException {
        try (Tracee task = new Tracee(tid, null)) {
            OwnedFd namespace = task.namespace(kind);
            try {
                if (isOwnedWithin(namespace, container) && task.mayAdminister(namespace)) {
                    return namespace;
                }
            } catch (ErrnoException gone) {
                namespace.close();
                throw gone;
            }
            namespace.close();
            throw Errno.EPERM.exception();
        }
    }

    /** Whether a namespace's owner is a user namespace (its inode number), or one that was made below it. */
    public static boolean isOwnedWithin(OwnedFd namespace, long userNamespace) throws ErrnoException {
        return Tracee.isOwnedWithin(namespace, userNamespace);
    }
}
