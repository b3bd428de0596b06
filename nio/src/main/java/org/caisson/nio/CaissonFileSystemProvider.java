package org.caisson.nio;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.LinkOption;
import java.nio.file.NotLinkException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.DosFileAttributeView;
import java.nio.file.attribute.DosFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Permissions;
import org.jspecify.annotations.Nullable;

/**
 * The provider of {@code caisson://NAME/PATH}, which the JDK finds by itself: each {@link CaissonFileSystem} that is open has a name.
 */
public final class CaissonFileSystemProvider extends FileSystemProvider {
    /** {@value}. */
    public static final String SCHEME = "caisson";

    /** The one that all file systems name: the JDK's, if it has one of this class. */
    private static final class Installed {
        static final CaissonFileSystemProvider INSTANCE = find();

        private static CaissonFileSystemProvider find() {
            for (FileSystemProvider provider : FileSystemProvider.installedProviders()) {
                if (provider instanceof CaissonFileSystemProvider ours) {
                    return ours;
                }
            }
            return new CaissonFileSystemProvider();
        }
    }

    /** For the service loader; all instances know the same file systems. */
    public CaissonFileSystemProvider() {}

    static CaissonFileSystemProvider instance() {
        return Installed.INSTANCE;
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    /**
     * A file system with the name in the URI, whose path must be empty or a slash.
     *
     * @param env as {@link NewFileSystem} describes it; empty for an empty tree in memory
     */
    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> env) throws IOException {
        String name = PathUri.nameIn(uri);
        if (!uri.getRawPath().isEmpty() && !uri.getRawPath().equals("/")) {
            throw new IllegalArgumentException(uri + " has a path");
        }
        return NewFileSystem.open(name, env);
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        String name = PathUri.nameIn(uri);
        CaissonFileSystem system = FileSystemRegistry.find(name);
        if (system == null) {
            throw new FileSystemNotFoundException("no file system has the name '" + name + "'");
        }
        return system;
    }

    @Override
    public Path getPath(URI uri) {
        return PathUri.toPath(uri);
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        int mode = Options.mode(Options.FILE_MODE, attributes);
        FileReference file = FileReference.of(CaissonPath.of(path));
        return new CaissonFileChannel(OpenRequest.forChannel(options).open(file, mode));
    }

    @Override
    public SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        return newFileChannel(path, options, attributes);
    }

    @Override
    public AsynchronousFileChannel newAsynchronousFileChannel(
            Path path,
            Set<? extends OpenOption> options,
            @Nullable ExecutorService executor,
            FileAttribute<?>... attributes)
            throws IOException {
        int mode = Options.mode(Options.FILE_MODE, attributes);
        FileReference file = FileReference.of(CaissonPath.of(path));
        OpenRequest request = OpenRequest.forAsynchronousChannel(options);
        return new CaissonAsynchronousFileChannel(request.open(file, mode), executor);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path path, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        CaissonPath directory = CaissonPath.of(path);
        Objects.requireNonNull(filter, "filter is null");
        return CaissonDirectoryStream.open(FileReference.of(directory), true, directory, filter);
    }

    @Override
    public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
        FileReference file = FileReference.of(CaissonPath.of(path));
        try {
            mkdir(file, Options.mode(Options.DIRECTORY_MODE, attributes));
        } catch (ErrnoException e) {
            throw file.failure(e.errno() == Errno.EISDIR ? Errno.EEXIST.exception() : e);
        }
    }

    static void mkdir(FileReference file, int mode) throws ErrnoException {
        CaissonFileSystem system = file.system();
        PathOperation operation = file.aim(false);
        try {
            system.vfs().mkdir(system.credentials(), operation, mode & 07777);
        } finally {
            file.done(operation);
        }
    }

    @Override
    public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes) throws IOException {
        FileReference file = FileReference.of(CaissonPath.of(link));
        byte[] content = CaissonPath.of(target).bytes();
        if (attributes.length > 0) {
            Options.mode(0, attributes);
            throw new UnsupportedOperationException(
                    "Initial file attributes not supported when creating symbolic link");
        }
        try {
            symlink(file, content);
        } catch (ErrnoException e) {
            throw file.failure(e);
        }
    }

    static void symlink(FileReference file, byte[] target) throws ErrnoException {
        CaissonFileSystem system = file.system();
        PathOperation operation = file.aim(false);
        try {
            system.vfs().symlink(system.credentials(), operation, MemorySegment.ofArray(target));
        } finally {
            file.done(operation);
        }
    }

    @Override
    public void createLink(Path link, Path existing) throws IOException {
        FileReference made = FileReference.of(CaissonPath.of(link));
        FileReference known = FileReference.of(CaissonPath.of(existing));
        try {
            link(made, known);
        } catch (ErrnoException e) {
            throw Failures.of(e, made.text(), known.text());
        }
    }

    private static void link(FileReference made, FileReference known) throws ErrnoException {
        CaissonFileSystem system = made.system();
        if (known.system().vfs() != system.vfs() || known.system().credentials() != system.credentials()) {
            throw Errno.EXDEV.exception();
        }
        PathOperation from = known.aim(false);
        PathOperation to = made.aim(false);
        try {
            system.vfs().link(system.credentials(), from, to);
        } finally {
            made.done(to);
            known.done(from);
        }
    }

    @Override
    public Path readSymbolicLink(Path link) throws IOException {
        CaissonPath path = CaissonPath.of(link);
        FileReference file = FileReference.of(path);
        try {
            return CaissonPath.of(path.getFileSystem(), SymbolicLinks.read(file));
        } catch (ErrnoException e) {
            throw e.errno() == Errno.EINVAL ? new NotLinkException(path.toString()) : file.failure(e);
        }
    }

    @Override
    public void delete(Path path) throws IOException {
        Deletion.delete(FileReference.of(CaissonPath.of(path)), true);
    }

    @Override
    public boolean deleteIfExists(Path path) throws IOException {
        return Deletion.delete(FileReference.of(CaissonPath.of(path)), false);
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
        FileCopy.copy(CaissonPath.of(source), CaissonPath.of(target), options);
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        FileCopy.move(CaissonPath.of(source), CaissonPath.of(target), options);
    }

    @Override
    public boolean isSameFile(Path path, Path other) throws IOException {
        CaissonPath one = CaissonPath.of(path);
        if (one.equals(other)) {
            return true;
        }
        if (!(Objects.requireNonNull(other, "other is null") instanceof CaissonPath two)) {
            return false;
        }
        return stat(one).isSameFile(stat(two));
    }

    private static CaissonFileAttributes stat(CaissonPath path) throws IOException {
        FileReference file = FileReference.of(path);
        try {
            return CaissonFileAttributes.stat(file, true);
        } catch (ErrnoException e) {
            throw file.failure(e);
        }
    }

    @Override
    public boolean isHidden(Path path) {
        CaissonPath name = CaissonPath.of(path).getFileName();
        return name != null && !name.isEmpty() && name.bytes()[0] == '.';
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        FileReference file = FileReference.of(CaissonPath.of(path));
        CaissonFileSystem system = file.system();
        PathOperation operation = file.aim(true);
        try {
            return new CaissonFileStore(system, system.vfs().lookup(system.credentials(), operation));
        } catch (ErrnoException e) {
            throw file.failure(e);
        } finally {
            file.done(operation);
        }
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        int wanted = 0;
        for (AccessMode mode : modes) {
            wanted |= switch (mode) {
                case READ -> Permissions.READ;
                case WRITE -> Permissions.WRITE;
                case EXECUTE -> Permissions.EXECUTE;
            };
        }
        FileReference file = FileReference.of(CaissonPath.of(path));
        try {
            access(file, wanted);
        } catch (ErrnoException e) {
            throw file.failureToFind(e);
        }
    }

    static void access(FileReference file, int wanted) throws ErrnoException {
        CaissonFileSystem system = file.system();
        PathOperation operation = file.aim(true);
        try {
            system.vfs().access(system.credentials(), operation, wanted);
        } finally {
            file.done(operation);
        }
    }

    @Override
    public boolean exists(Path path, LinkOption... options) {
        FileReference file = FileReference.of(CaissonPath.of(path));
        return CaissonFileAttributes.readIfPossible(file, Options.follows(options)) != null;
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
            Path path, Class<V> type, LinkOption... options) {
        return view(FileReference.of(CaissonPath.of(path)), type, Options.follows(options));
    }

    static <V extends FileAttributeView> @Nullable V view(FileReference file, Class<V> type, boolean follow) {
        Objects.requireNonNull(type, "type is null");
        if (type == BasicFileAttributeView.class) {
            return type.cast(new BasicView(file, follow));
        }
        if (type == PosixFileAttributeView.class) {
            return type.cast(new PosixView(file, follow));
        }
        if (type == FileOwnerAttributeView.class) {
            return type.cast(new PosixView(file, follow).asOwnerView());
        }
        if (type == DosFileAttributeView.class) {
            return type.cast(new DosView(file, follow));
        }
        return type == UserDefinedFileAttributeView.class ? type.cast(new UserDefinedView(file, follow)) : null;
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        requireKnown(type);
        FileReference file = FileReference.of(CaissonPath.of(path));
        boolean follow = Options.follows(options);
        return type.cast(
                type == DosFileAttributes.class
                        ? new DosView(file, follow).readAttributes()
                        : CaissonFileAttributes.read(file, follow));
    }

    @Override
    public <A extends BasicFileAttributes> @Nullable A readAttributesIfExists(
            Path path, Class<A> type, LinkOption... options) throws IOException {
        requireKnown(type);
        FileReference file = FileReference.of(CaissonPath.of(path));
        boolean follow = Options.follows(options);
        CaissonFileAttributes found = CaissonFileAttributes.readIfExists(file, follow);
        boolean dos = found != null && type == DosFileAttributes.class;
        return type.cast(dos ? new DosView(file, follow).readAttributes() : found);
    }

    private static void requireKnown(Class<? extends BasicFileAttributes> type) {
        if (Objects.requireNonNull(type, "type is null") != BasicFileAttributes.class
                && type != PosixFileAttributes.class
                && type != DosFileAttributes.class) {
            throw new UnsupportedOperationException("no file has attributes of " + type);
        }
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        FileReference file = FileReference.of(CaissonPath.of(path));
        return NamedAttributes.read(file, Options.follows(options), attributes);
    }

    @Override
    public void setAttribute(Path path, String attribute, @Nullable Object value, LinkOption... options)
            throws IOException {
        FileReference file = FileReference.of(CaissonPath.of(path));
        NamedAttributes.set(file, Options.follows(options), attribute, value);
    }
}
