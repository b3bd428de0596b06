package org.caisson.image.erofs;

import java.nio.file.Path;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;

/** A file for an image that has no name until it is complete: what is given up leaves nothing behind. */
public final class ErofsImageFile implements AutoCloseable {
    private static final int FLAGS = OpenFlags.O_TMPFILE | OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC;

    private final String directory;
    private final OwnedFd file;

    private ErofsImageFile(String directory) throws ErrnoException {
        this.directory = directory;
        file = FileCalls.openat(AtFlags.AT_FDCWD, directory, FLAGS, 0644);
    }

    /** An empty file in the file system of a directory. EOPNOTSUPP if that knows no files without a name (O_TMPFILE). */
    public static ErofsImageFile in(Path directory) throws ErrnoException {
        return new ErofsImageFile(directory.toString());
    }

    /** Another file without a name in the same place. */
    OwnedFd another() throws ErrnoException {
        return FileCalls.openat(AtFlags.AT_FDCWD, directory, FLAGS, 0600);
    }

    /** The file, which stays this object's. */
    public OwnedFd descriptor() {
        return file;
    }

    /**
     * Has the file reach the disk, before which the kernel does not like to mount it, and gives it a name in the same file system. EEXIST
     * if the name is taken.
     */
    public void publish(Path name) throws ErrnoException {
        FileCalls.fsync(file.number());
        name(name);
    }

    /** Gives the file a name in the same file system, whether it is on the disk or not. EEXIST if the name is taken. */
    public void name(Path name) throws ErrnoException {
        String itself = "/proc/self/fd/" + file.number();
        FileCalls.linkat(AtFlags.AT_FDCWD, itself, AtFlags.AT_FDCWD, name.toString(), AtFlags.AT_SYMLINK_FOLLOW);
    }

    @Override
    public void close() {
        file.close();
    }
}
