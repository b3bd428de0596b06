package org.caisson.nio;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/** What an operation is about: a path, a path from an open directory, or the open directory itself. */
final class FileReference {
    private final CaissonFileSystem system;
    private final @Nullable CaissonDirectoryStream directory;
    private final @Nullable CaissonPath path;

    private FileReference(
            CaissonFileSystem system, @Nullable CaissonDirectoryStream directory, @Nullable CaissonPath path) {
        this.system = system;
        this.directory = directory;
        this.path = path;
    }

    static FileReference of(CaissonPath path) {
        return new FileReference(path.getFileSystem(), null, path);
    }

    /** A path that, if it is relative, begins at an open directory; null means the directory itself. */
    static FileReference in(CaissonDirectoryStream directory, @Nullable CaissonPath path) {
        return new FileReference(directory.directory().getFileSystem(), directory, path);
    }

    CaissonFileSystem system() {
        return system;
    }

    /** The path, or null for an open directory itself. */
    @Nullable
    CaissonPath path() {
        return path;
    }

    /**
     * An operation that goes there, to be handed to {@link #done}.
     *
     * @param follow whether a symbolic link at the end is followed
     * @throws java.nio.file.ClosedFileSystemException if the file system was closed
     * @throws java.nio.file.ClosedDirectoryStreamException if the directory was closed
     */
    PathOperation aim(boolean follow) {
        VirtualDentry start = directory == null ? system.root() : place(directory);
        PathOperation operation = system.takeOperation();
        if (path == null) {
            return operation.itself(start);
        }
        byte[] bytes = path.bytesForCalls();
        return operation
                .start(start)
                .path(MemorySegment.ofArray(bytes), 0, bytes.length)
                .followFinal(follow);
    }

    private static VirtualDentry place(CaissonDirectoryStream directory) {
        FileDescription description = directory.openDescription();
        return description.place();
    }

    void done(PathOperation operation) {
        system.giveOperation(operation);
    }

    /** What to throw when an operation failed here. */
    IOException failure(ErrnoException e) {
        return Failures.of(e, text());
    }

    /** The same for an operation that fails with ENOENT where the kernel says ENOTDIR, as the JDK's does. */
    IOException failureToFind(ErrnoException e) {
        return e.errno() == Errno.ENOTDIR ? failure(Errno.ENOENT.exception()) : failure(e);
    }

    /** The path as exceptions name it; null for an open directory itself. */
    @Nullable
    String text() {
        return path == null ? null : path.toString();
    }
}
