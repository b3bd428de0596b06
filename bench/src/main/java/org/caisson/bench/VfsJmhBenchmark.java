package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** {@link VfsWalks} under JMH, in our table. */
final class VfsJmhBenchmark implements Benchmark {
    private static final int[] DEPTHS = {1, 3, 8, 64};

    @Override
    public String name() {
        return "vfs-jmh";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        Path tmpfs = workspace.mountPoint("tmpfs");
        Programs.run(List.of("mount", "-t", "tmpfs", "caisson-bench", tmpfs.toString()));
        String[] depths = new String[DEPTHS.length];
        for (int i = 0; i < DEPTHS.length; i++) {
            depths[i] = Integer.toString(DEPTHS[i]);
            Path file = tmpfs.resolve(VfsWalkProgram.path(DEPTHS[i]));
            Files.createDirectories(file.getParent());
            Files.createFile(file);
        }
        int forks = quick ? 1 : 3;
        int iterations = quick ? 3 : 5;
        Collection<RunResult> results = measure(tmpfs, depths, forks, iterations);
        Report report = new Report(name(), quick);
        for (int depth : DEPTHS) {
            report.add(Row.beside(
                    "stat below " + depth + (depth == 1 ? " directory" : " directories"),
                    "ns",
                    samples(results, "ours", depth),
                    "kernel",
                    samples(results, "kernel", depth)));
        }
        return report.note(
                "Average time by JMH: " + forks + " JVMs, " + iterations + " iterations of a second each after "
                        + "as many that are not counted. The kernel's figure has a system call in it, by java.lang.foreign.");
    }

    private static Collection<RunResult> measure(Path directory, String[] depths, int forks, int iterations)
            throws IOException {
        var options = new OptionsBuilder()
                .include("^" + VfsWalks.class.getName().replace(".", "\\.") + "\\.")
                .param("depth", depths)
                .forks(forks)
                .warmupIterations(iterations)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(iterations)
                .measurementTime(TimeValue.seconds(1))
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .jvmArgs(
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-D" + VfsWalks.DIRECTORY + "=" + directory)
                .build();
        try {
            return new Runner(options).run();
        } catch (RunnerException e) {
            throw new IOException("JMH: " + e.getMessage(), e);
        }
    }

    /** One figure an iteration. */
    private static Samples samples(Collection<RunResult> results, String method, int depth) {
        Samples samples = new Samples();
        for (RunResult result : results) {
            var parameters = result.getParams();
            if (parameters.getBenchmark().endsWith("." + method)
                    && parameters.getParam("depth").equals(Integer.toString(depth))) {
                for (BenchmarkResult fork : result.getBenchmarkResults()) {
                    for (IterationResult iteration : fork.getIterationResults()) {
                        samples.add(iteration.getPrimaryResult().getScore());
                    }
                }
            }
        }
        return samples;
    }
}
