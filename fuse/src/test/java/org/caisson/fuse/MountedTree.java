package org.caisson.fuse;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;

/** A file system served at a temporary directory of this machine. */
final class MountedTree implements AutoCloseable {
    final VirtualFileSystem vfs = new VirtualFileSystem();
    final MountNamespace namespace;
    final FuseServer server;
    final Path path;

    private MountedTree(FileSystem fileSystem, Settings settings) throws IOException {
        namespace = vfs.newMountNamespace(fileSystem);
        server = settings.apply(FuseServer.builder(vfs, namespace.root()).name("test"))
                .build();
        path = Files.createTempDirectory("caisson-fuse-");
        try {
            server.mountAt(path.toString());
            server.start();
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** How to serve. */
    @FunctionalInterface
    interface Settings {
        FuseServer.Builder apply(FuseServer.Builder builder);
    }

    static MountedTree of(FileSystem fileSystem) throws IOException {
        return new MountedTree(fileSystem, builder -> builder);
    }

    static MountedTree of(FileSystem fileSystem, Settings settings) throws IOException {
        return new MountedTree(fileSystem, settings);
    }

    VirtualDentry root() {
        return namespace.root();
    }

    String at(String name) {
        return path + "/" + name;
    }

    /** What a shell prints, on both streams, when it runs a script in the tree. */
    String shell(String script) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of("/bin/sh", "-c", script))
                .directory(path.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        try (InputStream printed = process.getInputStream()) {
            String output = new String(printed.readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the script does not end: " + script);
            }
            return output;
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        Files.delete(path);
    }
}
