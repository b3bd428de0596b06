package org.caisson.nio;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.ClosedDirectoryStreamException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.jspecify.annotations.Nullable;

/** An open directory: its entries, and operations that begin there wherever it has been moved since. */
final class CaissonDirectoryStream implements SecureDirectoryStream<Path> {
    private static final int BATCH = 256;

    private final CaissonPath directory;
    private final FileDescription description;
    private final DirectoryStream.@Nullable Filter<? super Path> filter;
    private final OpenResources.Entry entry;

    /** Written under the lock of this. */
    private volatile boolean closed;

    private boolean iterated;

    private CaissonDirectoryStream(
            CaissonPath directory, FileDescription description, DirectoryStream.@Nullable Filter<? super Path> filter) {
        this.directory = directory;
        this.description = description;
        this.filter = filter;
        this.entry = directory.getFileSystem().resources().add(this, description::release);
    }

    /** Opens a directory; entries are given as paths below {@code shownAs}. */
    static CaissonDirectoryStream open(
            FileReference file,
            boolean follow,
            CaissonPath shownAs,
            DirectoryStream.@Nullable Filter<? super Path> filter)
            throws IOException {
        int flags = OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | (follow ? 0 : OpenFlags.O_NOFOLLOW);
        CaissonFileSystem system = file.system();
        PathOperation operation = file.aim(follow);
        try {
            FileDescription opened = system.vfs().open(system.credentials(), operation, new OpenOptions(flags, 0));
            return new CaissonDirectoryStream(shownAs, opened, filter);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOTDIR) {
                throw new NotDirectoryException(file.text());
            }
            throw file.failure(e);
        } finally {
            file.done(operation);
        }
    }

    /** The path that it was opened with. */
    CaissonPath directory() {
        return directory;
    }

    FileDescription openDescription() {
        if (closed) {
            throw new ClosedDirectoryStreamException();
        }
        return description;
    }

    @Override
    public Iterator<Path> iterator() {
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("Directory stream is closed");
            }
            if (iterated) {
                throw new IllegalStateException("Iterator already obtained");
            }
            iterated = true;
        }
        return new Entries();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        entry.close();
    }

    @Override
    public SecureDirectoryStream<Path> newDirectoryStream(Path path, LinkOption... options) throws IOException {
        CaissonPath file = CaissonPath.of(path);
        return open(FileReference.in(this, file), Options.follows(options), directory.resolve(file), null);
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        int mode = Options.mode(Options.FILE_MODE, attributes);
        FileReference file = FileReference.in(this, CaissonPath.of(path));
        return new CaissonFileChannel(OpenRequest.forChannel(options).open(file, mode));
    }

    @Override
    public void deleteFile(Path path) throws IOException {
        FileReference file = FileReference.in(this, CaissonPath.of(path));
        try {
            Deletion.unlink(file);
        } catch (ErrnoException e) {
            throw file.failure(e);
        }
    }

    @Override
    public void deleteDirectory(Path path) throws IOException {
        FileReference file = FileReference.in(this, CaissonPath.of(path));
        try {
            Deletion.rmdir(file);
        } catch (ErrnoException e) {
            throw Deletion.isNotEmpty(e) ? new DirectoryNotEmptyException(file.text()) : file.failure(e);
        }
    }

    @Override
    public void move(Path sourcePath, SecureDirectoryStream<Path> targetDirectory, Path targetPath) throws IOException {
        CaissonPath source = CaissonPath.of(sourcePath);
        CaissonPath target = CaissonPath.of(targetPath);
        if (!(Objects.requireNonNull(targetDirectory, "targetDirectory is null")
                instanceof CaissonDirectoryStream that)) {
            throw new ProviderMismatchException();
        }
        try {
            FileCopy.rename(FileReference.in(this, source), FileReference.in(that, target));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EXDEV) {
                throw new AtomicMoveNotSupportedException(
                        source.toString(), target.toString(), e.errno().text());
            }
            throw Failures.of(e, source.toString(), target.toString());
        }
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(Class<V> type) {
        return CaissonFileSystemProvider.view(FileReference.in(this, null), type, false);
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
            Path path, Class<V> type, LinkOption... options) {
        FileReference file = FileReference.in(this, CaissonPath.of(path));
        return CaissonFileSystemProvider.view(file, type, Options.follows(options));
    }

    /** Reads names in batches, and gives out what the filter accepts. */
    private final class Entries implements Iterator<Path> {
        private final Queue<Name> batch = new ArrayDeque<>();
        private long cookie;
        private boolean atEnd;
        private @Nullable Path next;

        @Override
        public synchronized boolean hasNext() {
            if (next == null) {
                next = read();
            }
            return next != null;
        }

        @Override
        public synchronized Path next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Path path = Objects.requireNonNull(next);
            next = null;
            return path;
        }

        private @Nullable Path read() {
            try {
                for (Name name = poll(); name != null; name = poll()) {
                    Path path = directory.resolve(name.toByteArray());
                    if (filter == null || filter.accept(path)) {
                        return path;
                    }
                }
                return null;
            } catch (IOException e) {
                throw new DirectoryIteratorException(e);
            }
        }

        private @Nullable Name poll() throws IOException {
            synchronized (CaissonDirectoryStream.this) {
                if (closed) {
                    return null;
                }
                if (batch.isEmpty() && !atEnd) {
                    fill();
                }
                return batch.poll();
            }
        }

        private void fill() throws IOException {
            try {
                boolean[] full = {false};
                description.readDirectory(cookie, (name, _, _, nextCookie) -> {
                    if (batch.size() == BATCH) {
                        full[0] = true;
                        return false;
                    }
                    if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT)) {
                        batch.add(name);
                    }
                    cookie = nextCookie;
                    return true;
                });
                atEnd = !full[0];
            } catch (ErrnoException e) {
                throw Failures.of(e, directory.toString());
            }
        }
    }
}
