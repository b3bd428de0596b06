package org.caisson.nio;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Objects;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.Mount;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/** A mount, as statfs(2) describes it. */
final class CaissonFileStore extends FileStore {
    private final CaissonFileSystem system;
    private final VirtualDentry place;

    /** The store of a place. */
    CaissonFileStore(CaissonFileSystem system, VirtualDentry place) {
        this.system = system;
        this.place = place;
    }

    private Mount mount() {
        return place.mount();
    }

    @Override
    public String name() {
        return type();
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
                || type == UserDefinedFileAttributeView.class;
    }

    @Override
    public boolean supportsFileAttributeView(String name) {
        return NamedAttributes.VIEWS.contains(name);
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
        return Long.hashCode(mount().id());
    }

    @Override
    public String toString() {
        return PathText.decode(system.pathOf(mount().root())) + " (" + name() + ")";
    }
}
