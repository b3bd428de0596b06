package org.caisson.nio;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a contract is tried out: an empty directory, and another one on another mount. */
interface Ground extends AutoCloseable {
    Path directory();

    Path elsewhere();

    /** The type of the file system that the directory is in. */
    String storeType();

    @Override
    void close() throws IOException;

    /** The JDK's own provider, on tmpfs: what it does is right. */
    static Ground kernel() throws IOException {
        Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "caisson-nio");
        Path other = Files.createTempDirectory("caisson-nio");
        // Some steps below what is the host's, should a test go astray.
        Path directory = Files.createDirectories(memory.resolve("1/2/3/work"));
        Path elsewhere = Files.createDirectories(other.resolve("1/2/3/other"));
        return new Ground() {
            @Override
            public Path directory() {
                return directory;
            }

            @Override
            public Path elsewhere() {
                return elsewhere;
            }

            @Override
            public String storeType() {
                return "tmpfs";
            }

            @Override
            public void close() throws IOException {
                Trees.delete(memory);
                Trees.delete(other);
            }
        };
    }

    /** Ours, in memory. */
    static Ground memory() throws IOException {
        return inside(MemoryTree.withMount("/other"), () -> {});
    }

    /** Ours, over directories of the host. */
    static Ground host() throws IOException {
        Ground kernel = kernel();
        return inside(HostTree.of(kernel.directory(), kernel.elsewhere(), "/other"), kernel::close);
    }

    /** Ours, in overlays. */
    static Ground overlay() throws IOException {
        return inside(OverlayTree.withMount("/other"), () -> {});
    }

    /** What else ends with a ground. */
    interface End {
        void run() throws IOException;
    }

    /** A directory in a file system with the host's users. */
    private static Ground inside(CaissonFileSystem system, End end) throws IOException {
        Files.createDirectory(system.getPath("/etc"));
        for (String accounts : new String[] {"/etc/passwd", "/etc/group"}) {
            Files.copy(Path.of(accounts), system.getPath(accounts));
        }
        Path work = Files.createDirectory(system.getPath("/work"));
        return new Ground() {
            @Override
            public Path directory() {
                return work;
            }

            @Override
            public Path elsewhere() {
                return system.getPath("/other");
            }

            @Override
            public String storeType() {
                return system.root().mount().fileSystem().type();
            }

            @Override
            public void close() throws IOException {
                system.close();
                end.run();
            }
        };
    }
}
