package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The file systems that {@link MountsBenchmark} compares, each mounted and filled alike. What they keep of theirs is on one tmpfs: the time
 * that a disk's file system takes to make a file depends on how many were removed before.
 */
final class MountedDirectories {
    static final int LISTED = 1000;

    private final Workspace workspace;
    private final Path backing;

    MountedDirectories(Workspace workspace) throws IOException {
        this.workspace = workspace;
        backing = workspace.mountPoint("backing");
        Programs.run(List.of("mount", "-t", "tmpfs", "tmpfs", backing.toString()));
    }

    private Path kept(String name) throws IOException {
        return Files.createDirectories(backing.resolve(name));
    }

    Path mem() throws IOException {
        Path point = workspace.mountPoint("caisson-mem");
        Programs.run(List.of(workspace.caisson(), "mount", "--type", "mem", point.toString()));
        return fill(point);
    }

    /** A directory of the host with options of {@code caisson mount}; the name is that of what it shows. */
    Path host(String name, String options) throws IOException {
        Path point = workspace.mountPoint("caisson-" + name);
        String shown = kept(name).toString();
        Programs.run(List.of(workspace.caisson(), "mount", "--type", "host", "-o", options, shown, point.toString()));
        return fill(point);
    }

    Path overlay() throws IOException {
        Path point = workspace.mountPoint("caisson-overlay");
        Programs.run(
                List.of(workspace.caisson(), "mount", "--type", "overlay", "-o", layers("ours"), point.toString()));
        return fill(point);
    }

    Path fuseOverlayfs() throws IOException {
        Path point = workspace.mountPoint("fuse-overlayfs");
        Programs.run(List.of("fuse-overlayfs", "-o", layers("peer"), point.toString()));
        return fill(point);
    }

    Path kernelOverlay() throws IOException {
        Path point = workspace.mountPoint("overlayfs");
        Programs.run(List.of("mount", "-t", "overlay", "-o", layers("kernel"), "overlay", point.toString()));
        return fill(point);
    }

    Path directory() throws IOException {
        return fill(kept("native"));
    }

    private String layers(String name) throws IOException {
        Path lower = fill(kept(name + "/lower"));
        Path upper = kept(name + "/upper");
        Path work = kept(name + "/work");
        return "lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work;
    }

    private static Path fill(Path top) throws IOException {
        Path directory = top.resolve("dir");
        if (Files.exists(directory)) {
            return top;
        }
        Files.createDirectory(directory);
        Files.write(directory.resolve("file"), new byte[4096]);
        Path many = Files.createDirectory(top.resolve("many"));
        for (int i = 0; i < LISTED; i++) {
            Files.createFile(many.resolve("file-" + i));
        }
        return top;
    }
}
