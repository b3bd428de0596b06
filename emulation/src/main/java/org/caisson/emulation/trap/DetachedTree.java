package org.caisson.emulation.trap;

import org.caisson.linux.OwnedFd;

/**
 * Mounts that are attached nowhere.
 *
 * @param tree an {@code O_PATH} descriptor; when the last copy of it is closed before they are attached, they are gone
 * @param root their root directory, opened: what a caller may be given (SECCOMP_IOCTL_NOTIF_ADDFD takes no {@code O_PATH}
 *     descriptor), and can do all the same with
 */
public record DetachedTree(OwnedFd tree, OwnedFd root) implements AutoCloseable {
    @Override
    public void close() {
        root.close();
        tree.close();
    }
}
