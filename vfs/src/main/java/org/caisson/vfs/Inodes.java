package org.caisson.vfs;

import org.caisson.linux.StatMode;

/** What the type of an inode means. */
final class Inodes {
    private Inodes() {}

    static boolean isDevice(Inode inode) {
        int type = inode.mode() & StatMode.S_IFMT;
        return type == StatMode.S_IFCHR || type == StatMode.S_IFBLK;
    }

    /** Devices, pipes and sockets: what is written to them does not change the file system. */
    static boolean isSpecial(Inode inode) {
        int type = inode.mode() & StatMode.S_IFMT;
        return isDevice(inode) || type == StatMode.S_IFIFO || type == StatMode.S_IFSOCK;
    }
}
