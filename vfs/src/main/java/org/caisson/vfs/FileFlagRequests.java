package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileFlags;
import org.caisson.linux.Fsxattr;

/**
 * FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_IOC_FSGETXATTR and FS_IOC_FSSETXATTR of ioctl(2), as {@code fs/file_attr.c} of the kernel has them
 * for files that have these flags, and nothing else of a {@code struct fsxattr}.
 */
final class FileFlagRequests {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    /** Bits of {@link FileFlags} and of {@link Fsxattr} that mean the same (FS_COMMON_FL and FS_XFLAG_COMMON), in pairs. */
    private static final int[] COMMON = {
        FileFlags.FS_SYNC_FL, Fsxattr.FS_XFLAG_SYNC,
        FileFlags.FS_IMMUTABLE_FL, Fsxattr.FS_XFLAG_IMMUTABLE,
        FileFlags.FS_APPEND_FL, Fsxattr.FS_XFLAG_APPEND,
        FileFlags.FS_NODUMP_FL, Fsxattr.FS_XFLAG_NODUMP,
        FileFlags.FS_NOATIME_FL, Fsxattr.FS_XFLAG_NOATIME,
        FileFlags.FS_DAX_FL, Fsxattr.FS_XFLAG_DAX,
        FileFlags.FS_PROJINHERIT_FL, Fsxattr.FS_XFLAG_PROJINHERIT
    };

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
            case Fsxattr.FS_IOC_FSGETXATTR -> {
                requireFlags(tree);
                argument.asSlice(0, Fsxattr.SIZE).fill((byte) 0);
                Fsxattr.xflags(argument, toXflags(tree.fileFlags(opened)));
            }
            case Fsxattr.FS_IOC_FSSETXATTR -> setAttributes(tree, opened, caller, argument);
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
        requireWritable(tree, opened);
        requireRights(opened, caller, tree.fileFlags(opened) ^ wanted);
        change(tree, opened, wanted);
    }

    private static void setAttributes(
            TreeFileSystem tree, FileDescription opened, Credentials caller, MemorySegment wanted)
            throws ErrnoException {
        requireWritable(tree, opened);
        int xflags = Fsxattr.xflags(wanted);
        int present = tree.fileFlags(opened);
        int flags = toFlags(xflags);
        requireRights(opened, caller, toFlags(toXflags(present)) ^ flags);
        requireSense(((TreeDentry) opened.place().dentry()).inode(), xflags);
        int sizes = Fsxattr.FS_XFLAG_EXTSIZE | Fsxattr.FS_XFLAG_EXTSZINHERIT | Fsxattr.FS_XFLAG_COWEXTSIZE;
        // A size of 0 takes the flag of the size away; any other size, and a project, nobody has here.
        boolean more = (xflags & ~(toXflags(flags) | sizes)) != 0
                || Fsxattr.extsize(wanted) != 0
                || Fsxattr.projid(wanted) != 0
                || Fsxattr.cowextsize(wanted) != 0;
        if (more) {
            throw Errno.EOPNOTSUPP.exception();
        }
        change(tree, opened, flags | (present & ~toFlags(-1)));
    }

    private static void requireWritable(TreeFileSystem tree, FileDescription opened) throws ErrnoException {
        if (opened.place().mount().isReadOnly()) {
            throw Errno.EROFS.exception();
        }
        requireFlags(tree);
    }

    private static void requireRights(FileDescription opened, Credentials caller, int changed) throws ErrnoException {
        Inode inode = ((TreeDentry) opened.place().dentry()).inode();
        if (!Permissions.owns(caller, inode.uid())) {
            throw Errno.EPERM.exception();
        }
        int privileged = FileFlags.FS_IMMUTABLE_FL | FileFlags.FS_APPEND_FL;
        if ((changed & privileged) != 0 && !caller.has(Capability.LINUX_IMMUTABLE)) {
            throw Errno.EPERM.exception();
        }
    }

    /** What {@code fileattr_set_prepare} says of flags that files of a type cannot have. */
    private static void requireSense(Inode inode, int xflags) throws ErrnoException {
        int senseless = 0;
        if (!inode.isRegular()) {
            senseless |= Fsxattr.FS_XFLAG_EXTSIZE;
        }
        if (!inode.isDirectory()) {
            senseless |= Fsxattr.FS_XFLAG_EXTSZINHERIT;
        }
        if (!inode.isRegular() && !inode.isDirectory()) {
            senseless |= Fsxattr.FS_XFLAG_COWEXTSIZE | Fsxattr.FS_XFLAG_DAX;
        }
        if ((xflags & senseless) != 0) {
            throw Errno.EINVAL.exception();
        }
    }

    private static void change(TreeFileSystem tree, FileDescription opened, int wanted) throws ErrnoException {
        if ((wanted & ~tree.knownFileFlags()) != 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        tree.setFileFlags(opened, wanted);
    }

    private static int toXflags(int flags) {
        int xflags = 0;
        for (int i = 0; i < COMMON.length; i += 2) {
            xflags |= (flags & COMMON[i]) != 0 ? COMMON[i + 1] : 0;
        }
        return xflags;
    }

    private static int toFlags(int xflags) {
        int flags = 0;
        for (int i = 0; i < COMMON.length; i += 2) {
            flags |= (xflags & COMMON[i + 1]) != 0 ? COMMON[i] : 0;
        }
        return flags;
    }
}
