package org.caisson.vfs.notify;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.Inode;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.TreeFileSystem;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/** Where descriptions are that are of no file (the kernel's {@code anon_inodefs}); mounted in a namespace that nobody enters. */
final class AnonymousFileSystem extends TreeFileSystem {
    private static final long MAGIC = 0x09041934;
    private static final int BLOCK = 4096;

    private final TreeDentry root =
            new AnonymousDentry(null, Name.EMPTY, new AnonymousInode(1, StatMode.S_IFDIR | 0500));
    private final TreeDentry inotify =
            new AnonymousDentry(root, Name.of("anon_inode:inotify"), new AnonymousInode(2, 0600));

    /** What all inotify instances are opened of. */
    TreeDentry inotify() {
        return inotify;
    }

    void statOpened(TreeDentry dentry, Stat out) {
        stat(dentry, out);
    }

    @Override
    public String type() {
        return "anon_inodefs";
    }

    @Override
    public TreeDentry root() {
        return root;
    }

    @Override
    protected void statFileSystem(Dentry dentry, FileSystemStatistics out) {
        out.type = MAGIC;
        out.blockSize = BLOCK;
        out.fragmentSize = BLOCK;
        out.blocks = 0;
        out.blocksFree = 0;
        out.blocksAvailable = 0;
        out.files = 0;
        out.filesFree = 0;
        out.id = device();
        out.nameLength = Name.MAX;
        out.flags = 0;
    }

    @Override
    protected FileDescription openDescription(VirtualDentry place, Credentials credentials, int flags)
            throws ErrnoException {
        throw Errno.ENXIO.exception();
    }

    private static final class AnonymousDentry extends TreeDentry {
        AnonymousDentry(@Nullable TreeDentry parent, Name name, Inode inode) {
            super(parent, name, inode);
        }
    }

    /** Of no type, unless it is the root. */
    private static final class AnonymousInode extends Inode {
        AnonymousInode(long number, int mode) {
            super(number, mode, 0, 0);
        }

        @Override
        protected void stat(Stat out) {
            out.mode = mode();
            out.inode = number();
            out.links = 1;
            out.uid = 0;
            out.gid = 0;
            out.size = 0;
            out.blocks = 0;
            out.blockSize = BLOCK;
            out.rdev = 0;
            out.allTimes(0, 0);
        }
    }
}
