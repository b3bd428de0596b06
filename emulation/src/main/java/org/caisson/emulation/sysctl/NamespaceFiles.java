package org.caisson.emulation.sysctl;

import java.util.List;
import org.caisson.linux.ErrnoException;

/**
 * The files of a plain procfs as a process inside the container's namespaces sees them. Paths are relative to that
 * procfs: {@code sys/net/ipv4/ip_forward}. Every call fails with the errno that the kernel gave inside.
 *
 * <p>The caller is the host's number of the thread that asks, or 0: where it has namespaces of its own, it is their
 * values that it meets.
 */
public interface NamespaceFiles {
    /** What a path leads to; a symbolic link is not followed. */
    Node stat(int caller, String path) throws ErrnoException;

    /** The content, at most this many bytes of it. */
    byte[] read(int caller, String path, int limit) throws ErrnoException;

    /** One write(2) at offset 0. */
    void write(int caller, String path, byte[] content) throws ErrnoException;

    /** The entries of a directory, without {@code .} and {@code ..}. */
    List<Entry> list(int caller, String path) throws ErrnoException;

    /** What tells this run of the container from all others, in the form of a UUID. */
    String bootId() throws ErrnoException;

    /** sethostname(2) in the container's UTS namespace. */
    void setHostName(int caller, byte[] name) throws ErrnoException;

    /** setdomainname(2) in the container's UTS namespace. */
    void setDomainName(int caller, byte[] name) throws ErrnoException;

    /**
     * What a path leads to.
     *
     * @param mode type and permission bits as in {@code st_mode}
     * @param uid its owner as the container sees it: for a sysctl of a network namespace, root of the user namespace that
     *     owns that
     * @param gid its group
     */
    record Node(int mode, int uid, int gid) {
        private static final int S_IFMT = 0170000;
        private static final int S_IFDIR = 0040000;

        public boolean isDirectory() {
            return (mode & S_IFMT) == S_IFDIR;
        }
    }

    /**
     * An entry of a directory.
     *
     * @param name as it is spelled in {@code /proc/sys}, where names are ASCII
     * @param type its {@code d_type}
     */
    record Entry(String name, int type) {}
}
