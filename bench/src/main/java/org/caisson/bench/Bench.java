package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The program behind {@code bench/run}: {@code NAME… [--quick]}. */
public final class Bench {
    private static final List<Benchmark> ALL = List.of(
            new StartBenchmark(),
            new FuseBenchmark(),
            new TrapBenchmark(),
            new DensityBenchmark(),
            new ResourceFilesBenchmark(),
            new MountsBenchmark(),
            new VfsBenchmark(),
            new VfsJmhBenchmark(),
            new ImageImportBenchmark(),
            new ImageStartBenchmark(),
            new ImageDensityBenchmark(),
            new ImageLayersBenchmark(),
            new ImageFilesBenchmark());

    private Bench() {}

    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments)));
    }

    private static int run(List<String> arguments) {
        boolean quick = arguments.contains("--quick");
        List<Benchmark> chosen = new ArrayList<>();
        for (String argument : arguments) {
            if (!argument.equals("--quick")) {
                Benchmark benchmark = named(argument);
                if (benchmark == null) {
                    System.err.println("bench: no benchmark " + argument + "; bench/run --list names them");
                    return 2;
                }
                chosen.add(benchmark);
            }
        }
        int status = 0;
        for (Benchmark benchmark : chosen.isEmpty() ? ALL : chosen) {
            status |= run(benchmark, quick);
        }
        return status;
    }

    private static int run(Benchmark benchmark, boolean quick) {
        Path home = Path.of(System.getProperty("caisson.home", "."));
        try (Workspace workspace = new Workspace(home)) {
            Machine machine = Machine.here();
            Report report = benchmark.run(workspace, quick);
            report.print(System.out, machine);
            report.write(home.resolve("bench/results"), machine);
            return 0;
        } catch (IOException | UnsupportedOperationException e) {
            System.err.println("bench: " + benchmark.name() + ": " + e.getMessage());
            return 1;
        }
    }

    private static @Nullable Benchmark named(String name) {
        return ALL.stream().filter(one -> one.name().equals(name)).findFirst().orElse(null);
    }
}
