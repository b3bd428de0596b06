package org.caisson.vfs.pipe;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Mount;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;

/** Makes pipes without a name, pipe(2). One is enough for a virtual file system. */
public final class Pipes {
    private static final int FLAGS = OpenFlags.O_NONBLOCK | OpenFlags.O_DIRECT | OpenFlags.O_CLOEXEC;

    private final PipeFileSystem fileSystem = new PipeFileSystem();
    private final Mount mount;

    /** In a namespace of mounts that nobody enters. */
    public Pipes(VirtualFileSystem vfs) {
        mount = vfs.newMountNamespace(fileSystem).rootMount();
    }

    /** pipe2(2); {@code flags} are O_NONBLOCK and O_DIRECT, O_CLOEXEC is the caller's affair. EINVAL for others. */
    public Ends open(Credentials creator, int flags) throws ErrnoException {
        if ((flags & ~FLAGS) != 0) {
            throw Errno.EINVAL.exception();
        }
        TreeDentry dentry = fileSystem.make(creator);
        UnnamedPipe inode = (UnnamedPipe) dentry.inode();
        VirtualDentry place = new VirtualDentry(mount, dentry);
        int writing = OpenFlags.O_WRONLY | (flags & (OpenFlags.O_NONBLOCK | OpenFlags.O_DIRECT));
        // As in create_pipe_files, the reading end is not O_DIRECT.
        int reading = OpenFlags.O_RDONLY | (flags & OpenFlags.O_NONBLOCK);
        FileDescription writer = inode.pipe.openUnnamed(place, creator, writing, inode);
        FileDescription reader = inode.pipe.openUnnamed(place, creator, reading, inode);
        return new Ends(reader, writer);
    }

    /** The two descriptions of a new pipe. */
    public record Ends(FileDescription reader, FileDescription writer) {}
}
