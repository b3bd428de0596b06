package org.caisson.bench;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A directory of another file system, as Java programs use it. */
final class JavaTree implements AutoCloseable {
    final FileSystem files;
    final String top;

    private JavaTree(FileSystem files, String top) {
        this.files = files;
        this.top = top;
    }

    static JavaTree jimfs() {
        return new JavaTree(
                Jimfs.newFileSystem(Configuration.unix().toBuilder()
                        .setAttributeViews("basic", "posix", "unix")
                        .build()),
                "/");
    }

    /** A new directory in a tmpfs. */
    static JavaTree tmpfs() throws IOException {
        Path mounted = Path.of(System.getProperty(VfsJmhBenchmark.TMPFS, "/dev/shm"));
        return new JavaTree(FileSystems.getDefault(), Files.createTempDirectory(mounted, "caisson-bench") + "/");
    }

    Path at(String path) {
        return files.getPath(top + path);
    }

    void makeDirectories(String path) throws IOException {
        Files.createDirectories(at(path));
    }

    @Override
    public void close() throws IOException {
        if (files != FileSystems.getDefault()) {
            files.close();
            return;
        }
        try (Stream<Path> all = Files.walk(Path.of(top))) {
            for (Path one : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(one);
            }
        }
    }
}
