package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;

/** A file system in memory, with a directory and some files of one byte, a 1. */
final class MemWorld {
    private static final MappedPageStore STORE = MappedPageStore.anonymous();

    final VirtualFileSystem vfs = new VirtualFileSystem();
    final VirtualDentry root;

    MemWorld(String... files) {
        root = vfs.newMountNamespace(
                        new MemFileSystem(MemOptions.DEFAULT.withSize(1 << 20).withInodes(100), STORE))
                .root();
        try {
            vfs.mkdir(Credentials.root(), at("dir"), 0755);
            for (String file : files) {
                create(file, 1);
            }
        } catch (ErrnoException e) {
            throw new AssertionError(e);
        }
    }

    void create(String path, int... bytes) throws ErrnoException {
        OpenOptions options = new OpenOptions(OpenFlags.O_CREAT | OpenFlags.O_WRONLY, 0644);
        try (FileDescription file = vfs.open(Credentials.root(), at(path), options)) {
            byte[] data = new byte[bytes.length];
            for (int i = 0; i < data.length; i++) {
                data[i] = (byte) bytes[i];
            }
            file.write(MemorySegment.ofArray(data), 0);
        }
    }

    PathOperation at(String path) {
        return new PathOperation().root(root).start(root).path(path);
    }

    boolean exists(String path) {
        try {
            return vfs.find(Credentials.root(), at(path)) != null;
        } catch (ErrnoException e) {
            throw new AssertionError(e);
        }
    }

    /** Pages in use. */
    long used() {
        FileSystemStatistics statistics = statistics();
        return statistics.blocks - statistics.blocksFree;
    }

    /** For how many more files there is room. */
    long freeInodes() {
        return statistics().filesFree;
    }

    private FileSystemStatistics statistics() {
        try {
            FileSystemStatistics statistics = new FileSystemStatistics();
            vfs.statfs(Credentials.root(), at("/"), statistics);
            return statistics;
        } catch (ErrnoException e) {
            throw new AssertionError(e);
        }
    }
}
