package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.runner.options.TimeValue;

/** {@link StatWalks} and its like under JMH, in our table. */
final class VfsJmhBenchmark implements Benchmark {
    /** Names a directory of the kernel's, a tmpfs, to the JVMs that JMH starts. */
    static final String TMPFS = "caisson.bench.tmpfs";

    private static final List<String> DEPTHS = List.of("1", "2", "3", "8", "64", "100");
    private static final String ALL = ".*";
    /** Of {@link SharedWalks}, what any number of threads does. */
    private static final String ALIKE = "alike|apart|arithmetic";

    @Override
    public String name() {
        return "vfs-jmh";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        Path tmpfs = workspace.mountPoint("tmpfs");
        Programs.run(List.of("mount", "-t", "tmpfs", "caisson-bench", tmpfs.toString()));
        Report report = new Report(name(), quick);
        walks(report, JmhRun.of(workspace, StatWalks.class, ALL, 1, tmpfs, quick));
        JmhRun one = JmhRun.of(workspace, SharedWalks.class, ALIKE, 1, tmpfs, quick);
        JmhRun two = JmhRun.of(workspace, SharedWalks.class, ALIKE, 2, tmpfs, quick);
        JmhRun disturbed = JmhRun.of(workspace, SharedWalks.class, "disturbed", 2, tmpfs, quick);
        threads(report, one, two, disturbed);
        operations(
                report, JmhRun.of(workspace, MemOperations.class, ALL, 1, TimeValue.milliseconds(800), tmpfs, quick));
        reads(report, JmhRun.of(workspace, ImageReads.class, ALL, 1, tmpfs, quick));
        listings(report, JmhRun.of(workspace, Listings.class, ALL, 1, tmpfs, quick));
        layers(report, JmhRun.of(workspace, LayeredWalks.class, ALL, 1, tmpfs, quick));
        many(report, quick);
        return report.note(
                        "Average time by JMH, " + (quick ? "one JVM" : "two JVMs")
                                + " bound to one processor but where there are two threads; the kernel is asked through java.nio.file.")
                .note(
                        "Two threads can do no better than two trees, nor than arithmetic without memory: processors may be halves of one core.")
                .note(
                        "Depth N is /N/.../2/1/FILE, of which each walk parses all from the root, as a user without privileges.")
                .note(
                        "A walk of 64 directories or more takes as much as the processor's first cache holds: where a JVM has put its objects makes up to a half of such a figure, in memory as in an image.");
    }

    private static void walks(Report report, JmhRun run) {
        for (String depth : DEPTHS) {
            Samples ours = run.samples("array", "depth", depth);
            report.add(Row.beside("stat at depth " + depth, "ns", ours, "jimfs", run.samples("jimfs", "depth", depth))
                    .withGoal(0.1));
            report.add(Row.beside(
                    "stat at depth " + depth, "ns", ours, "kernel's tmpfs", run.samples("tmpfs", "depth", depth)));
            report.add(Row.beside(
                    "stat at depth " + depth + ", path in memory",
                    "ns",
                    run.samples("memory", "depth", depth),
                    "array",
                    ours));
            report.add(Row.beside(
                    "stat at depth " + depth + ", across a mount",
                    "ns",
                    run.samples("crossing", "depth", depth),
                    "without",
                    ours));
            report.add(Row.beside(
                            "stat at depth " + depth + ", in an EROFS image",
                            "ns",
                            run.samples("erofs", "depth", depth),
                            "in memory",
                            ours)
                    .withGoal(1.5));
            report.add(Row.beside(
                    "stat at depth " + depth + ", missing",
                    "ns",
                    run.samples("missing", "depth", depth),
                    "found",
                    ours));
            report.add(Row.beside(
                    "stat at depth " + depth + ", by a symbolic link",
                    "ns",
                    run.samples("link", "depth", depth),
                    "without",
                    ours));
        }
        for (String method : List.of("array", "memory", "crossing", "erofs", "missing", "link")) {
            report.note(
                    String.format(Locale.ROOT, "Allocated a stat (%s): %.3f bytes.", method, run.allocated(method)));
        }
    }

    private static void threads(Report report, JmhRun one, JmhRun two, JmhRun disturbed) {
        Samples alone = one.samples("alike", "", "");
        // Two threads do 1.9 times as much as one if each takes 2 / 1.9 of the time.
        report.add(Row.beside("stat at depth 8, each of two threads", "ns", two.samples("alike", "", ""), "one", alone)
                .withGoal(1.053));
        report.add(Row.beside(
                "stat at depth 8, each of two threads",
                "ns",
                two.samples("alike", "", ""),
                "two trees",
                two.samples("apart", "", "")));
        report.add(Row.beside(
                "arithmetic, each of two threads",
                "ns",
                two.samples("arithmetic", "", ""),
                "one",
                one.samples("arithmetic", "", "")));
        report.add(Row.beside(
                "stat at depth 8, while another thread renames",
                "ns",
                disturbed.samples("disturbed:walk", "", ""),
                "alone",
                alone));
    }

    private static void operations(Report report, JmhRun run) {
        record Operation(String method, String words) {}
        for (Operation operation : List.of(
                new Operation("open", "open and close"),
                new Operation("create", "create, close and unlink"),
                new Operation("read", "read 4 KiB"),
                new Operation("write", "write 4 KiB"),
                new Operation("rename", "rename"))) {
            beside(report, run, operation.method, operation.words, "ns", "", "");
        }
    }

    private static void reads(Report report, JmhRun run) {
        for (String bytes : List.of("1000", "4096", "131072")) {
            imageBeside(report, run, "read", "read " + bytes + " bytes in an EROFS image", bytes);
            imageBeside(report, run, "whole", "open, read " + bytes + " bytes and close there", bytes);
        }
    }

    private static void imageBeside(Report report, JmhRun run, String method, String words, String bytes) {
        report.add(Row.beside(
                        words,
                        "ns",
                        run.samples(method + "Image", "bytes", bytes),
                        "in memory",
                        run.samples(method + "Memory", "bytes", bytes))
                .withGoal(1.5));
    }

    private static void listings(Report report, JmhRun run) {
        for (String entries : List.of("10", "1000", "100000")) {
            beside(report, run, "list", "list " + entries + " entries", "us", "entries", entries);
        }
    }

    private static void beside(
            Report report, JmhRun run, String method, String words, String unit, String parameter, String value) {
        Samples ours = run.samples(method + "Ours", parameter, value);
        report.add(Row.beside(words, unit, ours, "jimfs", run.samples(method + "Jimfs", parameter, value)));
        report.add(Row.beside(words, unit, ours, "kernel's tmpfs", run.samples(method + "Tmpfs", parameter, value)));
    }

    private static void many(Report report, boolean quick) throws IOException {
        Samples[] bytes = {new Samples(), new Samples()};
        Samples[] slowest = {new Samples(), new Samples()};
        for (int round = 0; round < (quick ? 1 : 3); round++) {
            for (int kind = 0; kind < 2; kind++) {
                long[] told = Programs.numbers(ManyFilesProgram.command(kind == 0 ? "ours" : "jimfs", 1_000_000));
                bytes[kind].add((double) told[0]);
                slowest[kind].add(told[1] / 1e3);
            }
        }
        report.add(Row.beside("an empty file with its name of 8 bytes", "bytes", bytes[0], "jimfs", bytes[1]));
        report.add(Row.beside("slowest of 1,000,000 files to make", "us", slowest[0], "jimfs", slowest[1]));
    }

    private static void layers(Report report, JmhRun run) {
        for (String layers : List.of("2", "10", "50")) {
            report.add(Row.beside(
                    "stat at depth 3, overlay of " + layers + " layers",
                    "ns",
                    run.samples("stat", "layers", layers),
                    "layer itself",
                    run.samples("statPlain", "layers", layers)));
            report.add(Row.beside(
                    "open and close, overlay of " + layers + " layers",
                    "ns",
                    run.samples("open", "layers", layers),
                    "layer itself",
                    run.samples("openPlain", "layers", layers)));
        }
    }
}
