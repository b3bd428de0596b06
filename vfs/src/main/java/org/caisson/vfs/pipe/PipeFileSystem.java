package org.caisson.vfs.pipe;

import java.util.concurrent.atomic.AtomicLong;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
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
import org.caisson.vfs.wait.Interruption;
import org.jspecify.annotations.Nullable;

/**
 * Where pipes without a name live (the kernel's {@code pipefs}): in no directory, so that only who has one open finds it. It is mounted
 * in a namespace that nobody enters.
 */
final class PipeFileSystem extends TreeFileSystem {
    private static final long MAGIC = 0x50495045;

    private final TreeDentry root;
    private final AtomicLong numbers = new AtomicLong(1);

    PipeFileSystem() {
        root = new PipeDentry(null, Name.of("pipefs"), new Root());
    }

    /** A new pipe that is open nowhere yet. */
    TreeDentry make(Credentials creator) {
        UnnamedPipe inode = new UnnamedPipe(numbers.incrementAndGet(), device(), creator);
        return new PipeDentry(root, Name.of("pipe:[" + inode.number() + "]"), inode);
    }

    @Override
    public String type() {
        return "pipefs";
    }

    @Override
    public TreeDentry root() {
        return root;
    }

    @Override
    protected void statFileSystem(Dentry dentry, FileSystemStatistics out) {
        out.type = MAGIC;
        out.blockSize = PipeBuffer.PAGE;
        out.fragmentSize = PipeBuffer.PAGE;
        out.blocks = 0;
        out.blocksFree = 0;
        out.blocksAvailable = 0;
        out.files = 0;
        out.filesFree = 0;
        out.id = device();
        out.nameLength = Name.MAX;
        out.flags = 0;
    }

    /** The root, which the kernel opens for nobody. */
    @Override
    protected FileDescription openDescription(VirtualDentry place, Credentials credentials, int flags)
            throws ErrnoException {
        throw Errno.EACCES.exception();
    }

    /** Opens a pipe anew, as by way of {@code /proc/PID/fd}. */
    @Override
    protected FileDescription openFifo(
            VirtualDentry place, Credentials credentials, int flags, @Nullable Interruption interruption)
            throws ErrnoException {
        if ((flags & OpenFlags.O_DIRECT) != 0) {
            throw Errno.EINVAL.exception();
        }
        UnnamedPipe inode = (UnnamedPipe) ((TreeDentry) place.dentry()).inode();
        return inode.pipe.openUnnamed(place, credentials, flags, inode);
    }

    private static final class PipeDentry extends TreeDentry {
        PipeDentry(@Nullable TreeDentry parent, Name name, Inode inode) {
            super(parent, name, inode);
        }
    }

    private static final class Root extends Inode {
        Root() {
            super(1, StatMode.S_IFDIR | 0500, 0, 0);
        }

        @Override
        protected void stat(Stat out) {
            out.mode = mode();
            out.inode = number();
            out.links = 2;
            out.uid = 0;
            out.gid = 0;
            out.size = 0;
            out.blocks = 0;
            out.blockSize = PipeBuffer.PAGE;
            out.rdev = 0;
            out.allTimes(0, 0);
        }
    }
}
