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
    private static final double GOAL_MILLIS = 100;
    private static final String UNIFIED = "/sys/fs/cgroup/unified";

    @Override
    public String name() {
        return "start";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        String program = workspace.program("first-instruction");
        Contender ours = new Contender("caisson do", List.of(), List.of(workspace.caisson(), "do", "--", program));
        Path bundle = bundle(workspace, program);
        List<Contender> peers = new ArrayList<>();
        peers.add(new Contender("crun run", withoutHybrid(), crun(workspace, bundle)));
        peers.add(new Contender("unshare -mpfiu", List.of(), List.of("unshare", "-mpfiu", program)));
        peers.add(new Contender("runsc run", List.of(), runsc(workspace, bundle)));
        List<Contender> all = new ArrayList<>(peers);
        all.addFirst(ours);
        int rounds = quick ? 7 : 50;
        for (int round = -1; round < rounds; round++) {
            for (int turn = 0; turn < all.size(); turn++) {
                // Who goes first changes from round to round.
                measure(workspace, all.get((turn + round + 1) % all.size()), round);
            }
        }
        Report report = new Report(name(), quick);
        Samples goal = new Samples();
        goal.add(GOAL_MILLIS);
        report.add(Row.beside("shell to first instruction", "ms", ours.first, "the goal", goal)
                .withGoal(1));
        for (Contender peer : peers) {
            report.add(Row.beside("shell to first instruction", "ms", ours.first, peer.name, peer.first));
            report.add(Row.beside("whole run", "ms", ours.whole, peer.name, peer.whole));
        }
        report.add(Row.alone("processor time of the whole run", "ms", ours.processor));
        report.add(Row.alone("peak resident set", "MiB", ours.resident));
        return report.note(
                        "crun's container has no user namespace, no emulated /proc and no overlay; ours has. runsc's has a clock of its own: its first"
                                + " instruction counts as when its output came.")
                .note(
                        "Median of " + rounds
                                + " rounds that take turns in changing order, after one that is not counted; nothing is pinned.");
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
    private static Path bundle(Workspace workspace, String program) throws IOException {
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
        return bundle;
    }

    private static List<String> crun(Workspace workspace, Path bundle) throws IOException {
        String state = workspace.directory("crun").toString();
        return List.of("crun", "--root", state, "run", "--bundle", bundle.toString(), "caisson-bench-{round}");
    }

    /** gVisor, with nothing that it would have to set up on the host. */
    private static List<String> runsc(Workspace workspace, Path bundle) throws IOException {
        String state = workspace.directory("runsc").toString();
        return List.of(
                "runsc",
                "--root",
                state,
                "--network=none",
                "--ignore-cgroups",
                "run",
                "--bundle",
                bundle.toString(),
                "caisson-bench-{round}");
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
