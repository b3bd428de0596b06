package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A path walk and stat in our virtual file system, called from Java, beside the kernel's stat(2) on a tmpfs. */
final class VfsBenchmark implements Benchmark {
    private static final int WARM_UP = 5;
    private static final int[] DEPTHS = {1, 3, 8, 64};

    @Override
    public String name() {
        return "vfs";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        Path tmpfs = workspace.mountPoint("tmpfs");
        Programs.run(List.of("mount", "-t", "tmpfs", "caisson-bench", tmpfs.toString()));
        Caller ours = Caller.of(workspace, VfsWalkProgram.command());
        // The kernel's walk starts in the tmpfs as ours starts at its root, so that both walk the same components.
        Caller kernel = Caller.start(workspace, List.of("env", "-C", tmpfs.toString()));
        int rounds = quick ? 7 : 25;
        int calls = quick ? 200_000 : 500_000;
        Report report = new Report(name(), quick);
        for (int depth : DEPTHS) {
            String path = VfsWalkProgram.path(depth);
            Path file = tmpfs.resolve(path);
            Files.createDirectories(file.getParent());
            Files.createFile(file);
            Samples our = new Samples();
            Samples peer = new Samples();
            for (int round = -WARM_UP; round < rounds; round++) {
                boolean oursFirst = round % 2 == 0;
                double first =
                        (oursFirst ? ours : kernel).call("stat", path, calls).p50();
                double second =
                        (oursFirst ? kernel : ours).call("stat", path, calls).p50();
                if (round >= 0) {
                    our.add(oursFirst ? first : second);
                    peer.add(oursFirst ? second : first);
                }
            }
            report.add(Row.beside(
                    "stat below " + depth + (depth == 1 ? " directory" : " directories"), "ns", our, "kernel", peer));
        }
        return report.note("Ours is called from Java, without a system call; the kernel's figure has one in it.")
                .note("Each round: " + calls + " calls each, in alternating order; its p50 counts. " + rounds
                        + " rounds after " + WARM_UP + " that are not counted.");
    }
}
