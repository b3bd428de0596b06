package org.caisson.nio;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.DosFileAttributeView;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.Mount;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.Name;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/** A mount, as statfs(2) describes it. */
final class CaissonFileStore extends FileStore {
    private static final Name PROBE = Name.of("user.java");

    private final CaissonFileSystem system;
    private final VirtualDentry place;

    /** The store of a place. */
    CaissonFileStore(CaissonFileSystem system, VirtualDentry place) {
        this.system = system;
        this.place = place;
    }

    /** The stores of all mounts that can be reached from the root. */
    static List<FileStore> all(CaissonFileSystem system) {
        MountNamespace namespace = system.root().mount().namespace();
        if (namespace == null) {
            return List.of(new CaissonFileStore(system, system.root()));
        }
        List<FileStore> stores = new ArrayList<>();
        byte[] table = system.vfs().mounts().mounts(namespace, system.root());
        new String(table, StandardCharsets.ISO_8859_1).lines().forEach(line -> {
            VirtualDentry place = find(system, line.split(" ", 3)[1]);
            if (place != null) {
                stores.add(new CaissonFileStore(system, place));
            }
        });
        return stores;
    }

    /** The place of a path as mounts(5) writes it: some bytes as a backslash and three octal digits. */
    private static @Nullable VirtualDentry find(CaissonFileSystem system, String written) {
        ByteArrayOutputStream path = new ByteArrayOutputStream();
        for (int i = 0; i < written.length(); i++) {
            if (written.charAt(i) == '\\') {
                path.write(Integer.parseInt(written, i + 1, i + 4, 8));
                i += 3;
            } else {
                path.write(written.charAt(i));
            }
        }
        FileReference file = FileReference.of(CaissonPath.of(system, path.toByteArray()));
        PathOperation operation = file.aim(false);
        try {
            return system.vfs().find(system.credentials(), operation);
        } catch (ErrnoException e) {
            return null;
        } finally {
            file.done(operation);
        }
    }

    private Mount mount() {
        return place.mount();
    }

    @Override
    public String name() {
        return PathText.decode(mount().source().toByteArray());
    }

    @Override
    public String type() {
        return mount().fileSystem().type();
    }

    @Override
    public boolean isReadOnly() {
        return mount().isReadOnly();
    }

    private FileSystemStatistics statistics() throws IOException {
        PathOperation operation = system.takeOperation().itself(place);
        try {
            FileSystemStatistics statistics = new FileSystemStatistics();
            system.vfs().statfs(system.credentials(), operation, statistics);
            return statistics;
        } catch (ErrnoException e) {
            throw Failures.of(e, toString());
        } finally {
            system.giveOperation(operation);
        }
    }

    private static long bytes(long blocks, long blockSize) {
        return Math.multiplyHigh(blocks, blockSize) == 0 && blocks * blockSize >= 0
                ? blocks * blockSize
                : Long.MAX_VALUE;
    }

    private static long unit(FileSystemStatistics statistics) {
        return statistics.fragmentSize == 0 ? statistics.blockSize : statistics.fragmentSize;
    }

    @Override
    public long getTotalSpace() throws IOException {
        FileSystemStatistics statistics = statistics();
        return bytes(statistics.blocks, unit(statistics));
    }

    @Override
    public long getUsableSpace() throws IOException {
        FileSystemStatistics statistics = statistics();
        return bytes(statistics.blocksAvailable, unit(statistics));
    }

    @Override
    public long getUnallocatedSpace() throws IOException {
        FileSystemStatistics statistics = statistics();
        return bytes(statistics.blocksFree, unit(statistics));
    }

    @Override
    public long getBlockSize() throws IOException {
        return unit(statistics());
    }

    @Override
    public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
        Objects.requireNonNull(type, "type is null");
        return type == BasicFileAttributeView.class
                || type == PosixFileAttributeView.class
                || type == FileOwnerAttributeView.class
                || ((type == UserDefinedFileAttributeView.class || type == DosFileAttributeView.class)
                        && hasExtendedAttributes());
    }

    /** Whether asking for one finds that there is none, or there is one. */
    private boolean hasExtendedAttributes() {
        PathOperation operation = system.takeOperation().itself(mount().root());
        try {
            system.vfs().getXattr(system.credentials(), operation, PROBE, MemorySegment.NULL);
            return true;
        } catch (ErrnoException e) {
            return e.errno() == Errno.ENODATA;
        } finally {
            system.giveOperation(operation);
        }
    }

    @Override
    public boolean supportsFileAttributeView(String name) {
        boolean kept = name.equals("user") || name.equals("dos");
        return kept ? hasExtendedAttributes() : NamedAttributes.VIEWS.contains(name);
    }

    @Override
    public <V extends FileStoreAttributeView> @Nullable V getFileStoreAttributeView(Class<V> type) {
        Objects.requireNonNull(type, "type is null");
        return null;
    }

    @Override
    public Object getAttribute(String attribute) throws IOException {
        return switch (attribute) {
            case "totalSpace" -> getTotalSpace();
            case "usableSpace" -> getUsableSpace();
            case "unallocatedSpace" -> getUnallocatedSpace();
            default -> throw new UnsupportedOperationException("'" + attribute + "' not recognized");
        };
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CaissonFileStore that && that.mount() == mount();
    }

    @Override
    public int hashCode() {
        return mount().id();
    }

    @Override
    public String toString() {
        return PathText.decode(system.pathOf(mount().root())) + " (" + name() + ")";
    }
}
