package org.caisson.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Many containers at once: what each costs in memory and threads, and how fast its {@code /proc/meminfo} is, beside LXCFS. */
final class DensityBenchmark implements Benchmark {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final String PEER = "LXCFS";
    private static final String OUR_FILE = "/proc/meminfo";

    @Override
    public String name() {
        return "density";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        int containers = quick ? 10 : 50;
        Lxcfs lxcfs = Lxcfs.start(workspace);
        String peerFile = lxcfs.file("proc/meminfo");
        List<Caller> ours = new ArrayList<>();
        List<Caller> peers = new ArrayList<>();
        for (int i = 0; i < containers; i++) {
            ours.add(Caller.inContainer(workspace));
            peers.add(Caller.start(workspace, List.of()));
        }
        workspace.onClose(() -> ours.forEach(Caller::terminate));

        Report report = new Report(name(), quick);
        footprint(report, ours, lxcfs, "idle");
        one(report, ours.getFirst(), peers.getFirst(), peerFile, quick);
        all(report, ours, peers, peerFile, quick);
        footprint(report, ours, lxcfs, "after reading");
        return report.note(
                        containers
                                + " containers, each a `caisson do` with a process that waits. Memory is PSS, summed over what"
                                + " Caisson runs for a container; the peer's is the one LXCFS daemon, divided by the containers.")
                .note(
                        "Peer readers are as many plain processes on LXCFS's mount; its runtime keeps no process a container.");
    }

    private static void footprint(Report report, List<Caller> ours, Lxcfs lxcfs, String when) throws IOException {
        Samples memory = new Samples();
        Samples threads = new Samples();
        for (Caller caller : ours) {
            Footprint footprint = Footprint.ofContainer(caller.handle());
            memory.add(footprint.pssKibibytes() / 1024.0);
            threads.add(footprint.threads());
        }
        Samples peer = new Samples();
        peer.add(Footprint.of(List.of(lxcfs.handle())).pssKibibytes() / 1024.0 / ours.size());
        report.add(Row.beside("memory a container, " + when, "MiB", memory, PEER, peer));
        report.add(Row.alone("threads a container, " + when, "", threads));
    }

    private static void one(Report report, Caller ours, Caller peer, String peerFile, boolean quick)
            throws IOException {
        Samples ourRate = new Samples();
        Samples peerRate = new Samples();
        int rounds = quick ? 5 : 15;
        int reads = quick ? 3_000 : 10_000;
        int warmUp = 3;
        for (int round = -warmUp; round < rounds; round++) {
            double a = ours.call("file", OUR_FILE, reads).perSecond();
            double b = peer.call("file", peerFile, reads).perSecond();
            if (round >= 0) {
                ourRate.add(a);
                peerRate.add(b);
            }
        }
        report.add(Row.beside("/proc/meminfo, one reader (more is better)", "reads/s", ourRate, PEER, peerRate));
    }

    private static void all(Report report, List<Caller> ours, List<Caller> peers, String peerFile, boolean quick)
            throws IOException {
        Samples ourRate = new Samples();
        Samples peerRate = new Samples();
        int rounds = quick ? 3 : 7;
        int reads = 1024;
        for (int round = -1; round < rounds; round++) {
            double a = together(ours, OUR_FILE, reads);
            double b = together(peers, peerFile, reads);
            if (round >= 0) {
                ourRate.add(a);
                peerRate.add(b);
            }
        }
        report.add(Row.beside("/proc/meminfo, all at once (more is better)", "reads/s", ourRate, PEER, peerRate));
    }

    /** Reads a second of all callers together, from the first request to the last answer. */
    private static double together(List<Caller> callers, String file, int reads) throws IOException {
        long start = System.nanoTime();
        for (Caller caller : callers) {
            caller.request("file", file, reads);
        }
        for (Caller caller : callers) {
            caller.answer();
        }
        return callers.size() * reads * NANOS_PER_SECOND / (System.nanoTime() - start);
    }
}
