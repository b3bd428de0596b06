package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** From the shell to the program's first instruction, and the whole run, with no daemon. */
final class StartBenchmark implements Benchmark {
    private static final double MILLI = 1e6;
    private static final String UNIFIED = "/sys/fs/cgroup/unified";

    @Override
    public String name() {
        return "start";
    }

    @Override
    public String description() {
        return "latency of `caisson do` from shell to first instruction, beside crun run and unshare -mpfiu";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        String program = workspace.program("first-instruction");
        Contender ours = new Contender("caisson do", List.of(), List.of(workspace.caisson(), "do", "--", program));
        List<Contender> peers = List.of(
                new Contender("crun run", withoutHybrid(), crun(workspace, program)),
                new Contender("unshare -mpfiu", List.of(), List.of("unshare", "-mpfiu", program)));
        int rounds = quick ? 7 : 50;
        for (int round = -1; round < rounds; round++) {
            measure(workspace, ours, round);
            for (Contender peer : peers) {
                measure(workspace, peer, round);
            }
        }
        Report report = new Report(name(), quick);
        for (Contender peer : peers) {
            report.add(Row.beside("shell to first instruction", "ms", ours.first, peer.name, peer.first));
            report.add(Row.beside("whole run", "ms", ours.whole, peer.name, peer.whole));
        }
        report.add(Row.alone("processor time of the whole run", "ms", ours.processor));
        report.add(Row.alone("peak resident set", "MiB", ours.resident));
        return report.note(
                "Median of " + rounds + " rounds that take turns, after one that is not counted; nothing is pinned.");
    }

    private static void measure(Workspace workspace, Contender contender, int round) throws IOException {
        List<String> command = new ArrayList<>(contender.surroundings);
        command.add(workspace.program("launch"));
        for (String word : contender.command) {
            command.add(word.replace("{round}", Integer.toString(round)));
        }
        long[] figures = Programs.numbers(command);
        if (round >= 0) {
            contender.first.add(figures[0] / MILLI);
            contender.whole.add(figures[1] / MILLI);
            contender.processor.add(figures[2] / MILLI);
            contender.resident.add(figures[3] / 1024.0);
        }
    }

    /** On a host with both cgroup versions crun refuses to work: it then runs where only the first is to be seen. */
    private static List<String> withoutHybrid() {
        if (!Files.exists(Path.of(UNIFIED, "cgroup.controllers"))) {
            return List.of();
        }
        return List.of("unshare", "-m", "sh", "-c", "umount " + UNIFIED + " && exec \"$@\"", "sh");
    }

    /** A bundle whose root holds the program alone, with the configuration that crun itself proposes. */
    private static List<String> crun(Workspace workspace, String program) throws IOException {
        Path bundle = workspace.directory("bundle");
        Path root = workspace.directory("bundle/rootfs");
        Files.copy(Path.of(program), root.resolve("program"), StandardCopyOption.COPY_ATTRIBUTES);
        Programs.run(List.of("sh", "-c", "cd \"$1\" && crun spec", "sh", bundle.toString()));
        Path configuration = bundle.resolve("config.json");
        Files.writeString(
                configuration,
                Files.readString(configuration)
                        .replace("\"terminal\": true", "\"terminal\": false")
                        .replace("\"sh\"", "\"/program\""));
        String state = workspace.directory("crun").toString();
        return List.of("crun", "--root", state, "run", "--bundle", bundle.toString(), "caisson-bench-{round}");
    }

    /** One way to start the program, what it is started in (not timed), and what it took. */
    private static final class Contender {
        final String name;
        final List<String> surroundings;
        final List<String> command;
        final Samples first = new Samples();
        final Samples whole = new Samples();
        final Samples processor = new Samples();
        final Samples resident = new Samples();

        Contender(String name, List<String> surroundings, List<String> command) {
            this.name = name;
            this.surroundings = surroundings;
            this.command = command;
        }
    }
}
