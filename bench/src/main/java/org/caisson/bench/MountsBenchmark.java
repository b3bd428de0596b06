package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What programs do with files, on mounts of {@code caisson mount} and beside them on fuse-overlayfs and on the kernel's own file systems.
 */
final class MountsBenchmark implements Benchmark {
    private static final double NANOS_PER_MICRO = 1e3;
    private static final int MOST_CALLS = 20_000;
    private static final int CALL_MILLIS = 60;

    /** How long our servers run each kind before anything counts: their code is compiled by then. */
    private static final int WARM_UP_MILLIS = 250;

    /** A kind of call of {@code calls.c}, and where it goes. */
    private record Kind(String name, String measure, String at) {}

    private static final List<Kind> KINDS = List.of(
            new Kind("stat", "stat", "/dir/file"),
            new Kind("missing", "stat of a missing file", "/dir/missing"),
            new Kind("open", "open, close", "/dir/file"),
            new Kind("file", "open, read 4 KiB, close", "/dir/file"),
            new Kind("pread", "pread 4 KiB", "/dir/file"),
            new Kind("pwrite", "pwrite 4 KiB", "/dir/file"),
            new Kind("create", "create, close", "/dir"),
            new Kind("unlink", "unlink", "/dir"),
            new Kind("rename", "rename", "/dir"),
            new Kind("list", "list " + MountedDirectories.LISTED + " names", "/many"));

    /** One file system, with the samples of each kind and then of each of fio's jobs. */
    private record Contender(String name, Path at, boolean isOurs, List<Samples> samples) {
        static Contender of(String name, Path at, boolean isOurs, int measures) {
            List<Samples> samples = new ArrayList<>();
            for (int i = 0; i < measures; i++) {
                samples.add(new Samples());
            }
            return new Contender(name, at, isOurs, samples);
        }
    }

    @Override
    public String name() {
        return "mounts";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        int rounds = quick ? 3 : 9;
        int fioRounds = quick ? 1 : 3;
        Fio fio = new Fio(workspace.directory("fio"), quick ? 64 : 512, quick ? 200 : 500);
        int measures = KINDS.size() + fio.measures().size();

        MountedDirectories made = new MountedDirectories(workspace);
        Contender mem = Contender.of("mem", made.mem(), true, measures);
        Contender host = Contender.of("host", made.host("host", "cache=always"), true, measures);
        Contender past = Contender.of(
                "host, passthrough", made.host("host-passthrough", "cache=always,passthrough"), true, measures);
        Contender shared = Contender.of("host, cache=auto", made.host("host-shared", "cache=auto"), true, measures);
        Contender unlocked = Contender.of(
                "host, cache=auto, locks=off", made.host("host-unlocked", "cache=auto,locks=off"), true, measures);
        Contender overlay = Contender.of("overlay", made.overlay(), true, measures);
        Contender peer = Contender.of("fuse-overlayfs", made.fuseOverlayfs(), false, measures);
        Contender directory = Contender.of("tmpfs", made.directory(), false, measures);
        Contender kernel = Contender.of("overlayfs", made.kernelOverlay(), false, measures);
        List<Contender> all = List.of(mem, peer, host, directory, overlay, kernel, past, shared, unlocked);

        Caller caller = Caller.start(workspace, List.of());
        Samples roundTrip = new Samples();
        String echo = echo(workspace);
        warmUp(caller, all, quick ? 1 : 3);
        for (int round = 0; round < rounds; round++) {
            roundTrip.add(micros(caller, "stat", echo, CALL_MILLIS));
            for (int kind = 0; kind < KINDS.size(); kind++) {
                for (int turn = 0; turn < all.size(); turn++) {
                    Contender one = all.get((turn + round) % all.size());
                    one.samples.get(kind).add(micros(caller, KINDS.get(kind), one, CALL_MILLIS));
                }
            }
        }
        for (int round = 0; round < fioRounds; round++) {
            for (int turn = 0; turn < all.size(); turn++) {
                Contender one = all.get((turn + round) % all.size());
                List<Double> micros = fio.run(one.at);
                for (int job = 0; job < micros.size(); job++) {
                    one.samples.get(KINDS.size() + job).add(micros.get(job));
                }
            }
        }

        Report report = new Report(name(), quick);
        report.add(Row.alone("one request and its answer, libfuse3 in C", "us", roundTrip));
        List<String> names = new ArrayList<>(KINDS.stream().map(Kind::measure).toList());
        names.addAll(fio.measures());
        compare(report, names, mem, List.of(peer, directory));
        compare(report, names, host, List.of(peer, directory));
        compare(report, names, past, List.of(peer, directory));
        compare(report, names, shared, List.of(peer, directory));
        compare(report, names, unlocked, List.of(peer, directory));
        compare(report, names, overlay, List.of(peer, kernel));
        return report.note("Each round: what " + CALL_MILLIS
                        + " ms allow of each kind, by the same client, in turns; the median of " + rounds
                        + " rounds of the p50. Of fio: the mean of a run, the median of " + fioRounds + ".")
                .note(
                        "Both overlays and fuse-overlayfs show one upper and one lower directory. What they show, and what the host mounts show, is on a tmpfs: nothing waits for a disk.")
                .note(
                        "fuse-overlayfs has the kernel remember all, as if nobody else changed what it shows, and keep locks for the mount: host alone is like that. With cache=auto what others change is seen, data at once, and locks are the host's too: so the kernel asks at each open and each close, and reads past what it remembers; with locks=off it does not ask at a close.");
    }

    private static void warmUp(Caller caller, List<Contender> all, int times) throws IOException {
        for (int time = 0; time < times; time++) {
            for (Contender one : all) {
                for (Kind kind : KINDS) {
                    micros(caller, kind, one, one.isOurs ? WARM_UP_MILLIS : 1);
                }
            }
        }
    }

    private static double micros(Caller caller, Kind kind, Contender where, int millis) throws IOException {
        return micros(caller, kind.name, where.at + kind.at, millis);
    }

    private static double micros(Caller caller, String kind, String path, int millis) throws IOException {
        return caller.call(kind, path, MOST_CALLS, millis).p50() / NANOS_PER_MICRO;
    }

    private static void compare(Report report, List<String> names, Contender ours, List<Contender> peers) {
        for (int i = 0; i < names.size(); i++) {
            for (Contender peer : peers) {
                report.add(Row.beside(
                        ours.name + ": " + names.get(i), "us", ours.samples.get(i), peer.name, peer.samples.get(i)));
            }
        }
    }

    /** A file of which each stat(2) is a request. */
    private static String echo(Workspace workspace) throws IOException {
        Path point = workspace.mountPoint("echo");
        Server server = workspace.serve(List.of(workspace.program("fuse-peer"), point.toString()));
        String line = server.receive();
        if (!line.equals("ready")) {
            throw new IOException("fuse-peer printed " + line);
        }
        return point.resolve("file").toString();
    }
}
