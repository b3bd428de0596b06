package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs classes of benchmarks under JMH, in JVMs of their own, and finds their figures. */
final class JmhRun {
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    private final Collection<RunResult> results;

    private JmhRun(Collection<RunResult> results) {
        this.results = results;
    }

    /** So long all but long operations need until they are compiled. */
    private static final TimeValue WARM_UP = TimeValue.milliseconds(200);

    /**
     * @param methods which of the class: a regular expression
     * @param threads of which one is bound to the last processor, for it must stay on one to be measured
     */
    static JmhRun of(Workspace workspace, Class<?> benchmarks, String methods, int threads, Path tmpfs, boolean quick)
            throws IOException {
        return of(workspace, benchmarks, methods, threads, WARM_UP, tmpfs, quick);
    }

    /**
     * The same.
     *
     * @param warmUp how long each of the iterations takes that are not measured. The compiler works on the same processor meanwhile.
     */
    static JmhRun of(
            Workspace workspace,
            Class<?> benchmarks,
            String methods,
            int threads,
            TimeValue warmUp,
            Path tmpfs,
            boolean quick)
            throws IOException {
        int iterations = 5;
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + benchmarks.getName().replace(".", "\\.") + "\\.(" + methods + ")$")
                .forks(quick ? 1 : 2)
                .threads(threads)
                .warmupIterations(iterations)
                .warmupTime(warmUp)
                .measurementIterations(iterations)
                .measurementTime(TimeValue.milliseconds(100))
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .addProfiler(GCProfiler.class)
                .jvmArgs(
                        "-XX:+UseSerialGC",
                        "-Xmx1g",
                        "--enable-native-access=ALL-UNNAMED",
                        "-D" + VfsJmhBenchmark.TMPFS + "=" + tmpfs);
        if (threads == 1) {
            options = options.jvm(bound(workspace).toString());
        }
        try {
            return new JmhRun(new Runner(options.build()).run());
        } catch (RunnerException e) {
            throw new IOException("JMH: " + e.getMessage(), e);
        }
    }

    /** A program that is this Java on one processor: without that a figure depends on where the scheduler moves threads. */
    private static Path bound(Workspace workspace) throws IOException {
        Path program = workspace.directory("bound").resolve("java");
        String java = ProcessHandle.current().info().command().orElse("java");
        int last = Runtime.getRuntime().availableProcessors() - 1;
        Files.writeString(program, "#!/bin/sh\nexec taskset -c " + last + " '" + java + "' \"$@\"\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return program;
    }

    /** One figure an iteration. */
    Samples samples(String method, String parameter, String value) {
        Samples samples = new Samples();
        for (RunResult result : results) {
            if (isOf(result, method, parameter, value)) {
                for (BenchmarkResult fork : result.getBenchmarkResults()) {
                    for (IterationResult iteration : fork.getIterationResults()) {
                        samples.add(score(iteration, method));
                    }
                }
            }
        }
        return samples;
    }

    private static boolean isOf(RunResult result, String method, String parameter, String value) {
        var parameters = result.getParams();
        String name = parameters.getBenchmark();
        String last = name.substring(name.lastIndexOf('.') + 1);
        int inGroup = method.indexOf(':');
        return last.equals(inGroup < 0 ? method : method.substring(0, inGroup))
                && (parameter.isEmpty() || value.equals(parameters.getParam(parameter)));
    }

    private static double score(IterationResult iteration, String method) {
        int inGroup = method.indexOf(':');
        if (inGroup < 0) {
            return iteration.getPrimaryResult().getScore();
        }
        Result<?> part = iteration.getSecondaryResults().get(method.substring(inGroup + 1));
        if (part == null) {
            throw new IllegalStateException("JMH tells nothing of " + method);
        }
        return part.getScore();
    }

    /** Bytes that one call of a method allocated, on average, at most. */
    double allocated(String method) {
        double most = 0;
        for (RunResult result : results) {
            Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
            if (isOf(result, method, "", "") && allocated != null) {
                most = Math.max(most, allocated.getScore());
            }
        }
        return most;
    }
}
