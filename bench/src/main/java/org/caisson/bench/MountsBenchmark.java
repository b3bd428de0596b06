package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What programs do with files, on mounts of {@code caisson mount} and beside them on fuse-overlayfs and on the kernel's own file systems.
 */
final class MountsBenchmark implements Benchmark {
    private static final double NANOS_PER_MICRO = 1e3;
    private static final int LISTED = 1000;

    /** A kind of call of {@code calls.c}, and where it goes. */
    private record Kind(String name, String measure, String at, int calls) {}

    private static final List<Kind> KINDS = List.of(
            new Kind("stat", "stat", "/dir/file", 20_000),
            new Kind("missing", "stat of a missing file", "/dir/missing", 20_000),
            new Kind("open", "open, close", "/dir/file", 10_000),
            new Kind("file", "open, read 4 KiB, close", "/dir/file", 10_000),
            new Kind("pread", "pread 4 KiB", "/dir/file", 20_000),
            new Kind("pwrite", "pwrite 4 KiB", "/dir/file", 10_000),
            new Kind("create", "create, close", "/dir", 2_000),
            new Kind("unlink", "unlink", "/dir", 2_000),
            new Kind("rename", "rename", "/dir", 2_000),
            new Kind("list", "list 1000 names", "/many", 500));

    @Override
    public String name() {
        return "mounts";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        Report report = new Report(name(), quick);
        Caller caller = Caller.start(workspace, List.of());
        int rounds = quick ? 5 : 15;
        Path peer = fuseOverlayfs(workspace);
        compare(report, caller, rounds, "mem", mem(workspace), List.of(peer, tmpfs(workspace)));
        compare(report, caller, rounds, "host", host(workspace), List.of(peer, nativeDirectory(workspace)));
        compare(report, caller, rounds, "overlay", overlay(workspace), List.of(peer, kernelOverlay(workspace)));
        return report.note("Each round: as many calls as each kind says, by the same client, in turns; the median of "
                + rounds + " rounds of the p50. fuse-overlayfs shows one upper and one lower directory.");
    }

    private static void compare(Report report, Caller caller, int rounds, String type, Path ours, List<Path> peers)
            throws IOException {
        List<Path> all = new ArrayList<>(peers);
        all.addFirst(ours);
        for (Path one : all) {
            fill(one);
        }
        for (Kind kind : KINDS) {
            List<Samples> samples = new ArrayList<>();
            all.forEach(one -> samples.add(new Samples()));
            for (int round = -2; round < rounds; round++) {
                for (int i = 0; i < all.size(); i++) {
                    int which = Math.floorMod(i + round, all.size());
                    double micros = caller.call(kind.name, all.get(which) + kind.at, kind.calls)
                                    .p50()
                            / NANOS_PER_MICRO;
                    if (round >= 0) {
                        samples.get(which).add(micros);
                    }
                }
            }
            for (int peer = 1; peer < all.size(); peer++) {
                report.add(Row.beside(
                        type + ": " + kind.measure,
                        "us",
                        samples.getFirst(),
                        all.get(peer).getFileName().toString(),
                        samples.get(peer)));
            }
        }
    }

    private static void fill(Path mount) throws IOException {
        Path directory = mount.resolve("dir");
        if (Files.exists(directory)) {
            return;
        }
        Files.createDirectory(directory);
        Files.write(directory.resolve("file"), new byte[4096]);
        Path many = Files.createDirectory(mount.resolve("many"));
        for (int i = 0; i < LISTED; i++) {
            Files.createFile(many.resolve("file-" + i));
        }
    }

    private static Path mem(Workspace workspace) throws IOException {
        Path point = workspace.mountPoint("caisson-mem");
        Programs.run(List.of(workspace.caisson(), "mount", "--type", "mem", point.toString()));
        return point;
    }

    private static Path host(Workspace workspace) throws IOException {
        Path point = workspace.mountPoint("caisson-host");
        String shown = workspace.directory("shown").toString();
        Programs.run(
                List.of(workspace.caisson(), "mount", "--type", "host", "-o", "cache=always", shown, point.toString()));
        return point;
    }

    private static Path overlay(Workspace workspace) throws IOException {
        Path point = workspace.mountPoint("caisson-overlay");
        Programs.run(List.of(
                workspace.caisson(), "mount", "--type", "overlay", "-o", layers(workspace, "ours"), point.toString()));
        return point;
    }

    private static Path fuseOverlayfs(Workspace workspace) throws IOException {
        Path point = workspace.mountPoint("fuse-overlayfs");
        Programs.run(List.of("fuse-overlayfs", "-o", layers(workspace, "peer"), point.toString()));
        return point;
    }

    private static Path kernelOverlay(Workspace workspace) throws IOException {
        Path point = workspace.mountPoint("overlayfs");
        Programs.run(List.of("mount", "-t", "overlay", "-o", layers(workspace, "kernel"), "overlay", point.toString()));
        return point;
    }

    private static Path tmpfs(Workspace workspace) throws IOException {
        Path point = workspace.mountPoint("tmpfs");
        Programs.run(List.of("mount", "-t", "tmpfs", "tmpfs", point.toString()));
        return point;
    }

    private static Path nativeDirectory(Workspace workspace) throws IOException {
        return workspace.directory("native");
    }

    private static String layers(Workspace workspace, String name) throws IOException {
        Path lower = workspace.directory(name + "/lower");
        Path upper = workspace.directory(name + "/upper");
        Path work = workspace.directory(name + "/work");
        fill(lower);
        return "lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work;
    }
}
