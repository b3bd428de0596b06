package org.caisson.emulation.trap;

import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.jspecify.annotations.Nullable;

/**
 * Changes mounts in a caller's namespaces. Each call fails with the errno that the kernel gave there. A base is a whole
 * procfs or sysfs; its parts are the emulated mounts that cover files in it, and which the kernel keeps there.
 */
public interface MountAgent {
    /** The kinds of file systems that have emulated parts. */
    enum Kind {
        PROC("proc"),
        SYS("sysfs");

        private final String type;

        Kind(String type) {
            this.type = type;
        }

        /** The kind of a file system's type, or null for all that have no parts. */
        static @Nullable Kind of(String type) {
            return switch (type) {
                case "proc" -> PROC;
                case "sysfs" -> SYS;
                default -> null;
            };
        }

        /** The file system's type, as mount(2) takes it. */
        public String type() {
            return type;
        }
    }

    /**
     * Mounts a new base with its parts.
     *
     * @param options the file system's own options, separated by commas
     * @param attributes bits of {@code MOUNT_ATTR_*}
     * @param mounts the mount namespace to mount in
     * @param pids the pid namespace that a procfs shows
     * @param network the network namespace that a sysfs shows
     * @param target the mount point
     */
    void mount(
            Kind kind, String options, long attributes, OwnedFd mounts, OwnedFd pids, OwnedFd network, OwnedFd target)
            throws ErrnoException;

    /** Binds a directory with all that is mounted beneath it. */
    void bind(OwnedFd mounts, OwnedFd source, OwnedFd target) throws ErrnoException;

    /** Puts a detached mount on a file or directory; it may be of another user namespace. */
    void attach(OwnedFd mounts, OwnedFd tree, OwnedFd target) throws ErrnoException;

    /** Sets and clears {@code MOUNT_ATTR_*} of a base and of its parts. */
    void change(Kind kind, OwnedFd mounts, OwnedFd base, long set, long clear) throws ErrnoException;

    /** Takes a base off together with its parts, by a descriptor of its root. */
    void detach(OwnedFd mounts, OwnedFd base) throws ErrnoException;

    /** fsopen(2) of a file system with parts, for namespaces as {@link #mount} has them. */
    OwnedFd open(Kind kind, OwnedFd pids, OwnedFd network) throws ErrnoException;

    /** fsmount(2) of such a context, configured by whom it was given to: a base with its parts, attached nowhere. */
    DetachedTree fsmount(Kind kind, OwnedFd context, long attributes) throws ErrnoException;

    /** A copy of a directory with all that is mounted beneath it, attached nowhere. */
    DetachedTree copyTree(OwnedFd mounts, OwnedFd source) throws ErrnoException;

    /** Changes a base that is attached nowhere, and sets the same {@code MOUNT_ATTR_*} of its parts. */
    void changeDetached(OwnedFd mounts, OwnedFd base, MountAttributes change) throws ErrnoException;
}
