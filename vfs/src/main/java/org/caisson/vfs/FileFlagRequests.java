package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileFlags;

/** FS_IOC_GETFLAGS and FS_IOC_SETFLAGS of ioctl(2), as {@code fs/file_attr.c} of the kernel has them. */
final class FileFlagRequests {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private FileFlagRequests() {}

    /** ENOTTY for other requests, and where files have no flags. */
    static long serve(
            TreeFileSystem tree, FileDescription opened, Credentials caller, int command, MemorySegment argument)
            throws ErrnoException {
        switch (command) {
            case FileFlags.FS_IOC_GETFLAGS -> {
                requireFlags(tree);
                argument.set(INT, 0, tree.fileFlags(opened));
            }
            case FileFlags.FS_IOC_SETFLAGS -> set(tree, opened, caller, argument.get(INT, 0));
            default -> throw Errno.ENOTTY.exception();
        }
        return 0;
    }

    private static void requireFlags(TreeFileSystem tree) throws ErrnoException {
        if (tree.knownFileFlags() == 0) {
            throw Errno.ENOTTY.exception();
        }
    }

    private static void set(TreeFileSystem tree, FileDescription opened, Credentials caller, int wanted)
            throws ErrnoException {
        if (opened.place().mount().isReadOnly()) {
            throw Errno.EROFS.exception();
        }
        requireFlags(tree);
        Inode inode = ((TreeDentry) opened.place().dentry()).inode();
        if (!Permissions.owns(caller, inode.uid())) {
            throw Errno.EPERM.exception();
        }
        int privileged = FileFlags.FS_IMMUTABLE_FL | FileFlags.FS_APPEND_FL;
        boolean changes = ((tree.fileFlags(opened) ^ wanted) & privileged) != 0;
        if (changes && !caller.has(Capability.LINUX_IMMUTABLE)) {
            throw Errno.EPERM.exception();
        }
        if ((wanted & ~tree.knownFileFlags()) != 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        tree.setFileFlags(opened, wanted);
    }
}
