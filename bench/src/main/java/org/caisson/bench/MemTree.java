package org.caisson.bench;

import java.nio.charset.StandardCharsets;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;

/** A virtual file system with a memory file system at its root, and what benchmarks do to it as a user without privileges. */
final class MemTree implements AutoCloseable {
    /** Of as many bytes as that of gVisor's benchmark. */
    static final String FILE = "caisson_bench_temp_0_15574945";

    static final Credentials NOBODY = Credentials.of(65534, 65534);

    final VirtualFileSystem files = new VirtualFileSystem();
    final VirtualDentry top;

    private final MappedPageStore store = MappedPageStore.anonymous();

    MemTree() {
        top = files.newMountNamespace(fresh()).root();
    }

    private MemFileSystem fresh() {
        return new MemFileSystem(MemOptions.DEFAULT.withOwner(NOBODY.uid(), NOBODY.gid()), store);
    }

    /** {@code DEPTH/…/2/1/} */
    static String directories(int depth) {
        StringBuilder path = new StringBuilder();
        for (int i = depth; i >= 1; i--) {
            path.append(i).append('/');
        }
        return path.toString();
    }

    PathOperation at(String path) {
        return new PathOperation().root(top).start(top).path(padded(path), length(path));
    }

    private static int length(String path) {
        return path.getBytes(StandardCharsets.UTF_8).length;
    }

    /** With the eight bytes behind it that spare a copy. */
    private static byte[] padded(String path) {
        return java.util.Arrays.copyOf(path.getBytes(StandardCharsets.UTF_8), length(path) + Long.BYTES);
    }

    void mount(String path) throws ErrnoException {
        files.mount(Credentials.root(), at(path), fresh(), 0);
    }

    void makeDirectories(String path) throws ErrnoException {
        for (int end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1)) {
            String directory = path.substring(0, end);
            if (files.find(NOBODY, at(directory)) == null) {
                files.mkdir(NOBODY, at(directory), 0755);
            }
        }
    }

    FileDescription create(String path) throws ErrnoException {
        return files.open(
                NOBODY, at(path), new OpenOptions(OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_EXCL, 0644));
    }

    @Override
    public void close() {
        store.close();
    }
}
