package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** One file served over FUSE by our server and by libfuse3 in C, with one thread each and no attribute caching. */
final class FuseBenchmark implements Benchmark {
    private static final double NANOS_PER_MICRO = 1e3;
    private static final double GOAL = 1.10;
    private static final int WARM_UP = 4;

    @Override
    public String name() {
        return "fuse";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        Path ourMount = workspace.mountPoint("ours");
        Path peerMount = workspace.mountPoint("peer");
        workspace.serve(FuseServerProgram.command(ourMount)).receive();
        workspace
                .serve(List.of(workspace.program("fuse-peer"), peerMount.toString()))
                .receive();
        Caller caller = Caller.start(workspace, List.of());
        Pair pair = new Pair(caller, ourMount + "/file", peerMount + "/file", quick ? 7 : 25, quick ? 30_000 : 60_000);
        return new Report(name(), quick)
                .add(pair.compare("stat, attributes not cached", "stat").withGoal(GOAL))
                .add(pair.compare("pread of 4 KiB, direct", "pread").withGoal(GOAL))
                .add(pair.compare("open, read to the end, close", "file"))
                .note(
                        "Both make their 64 lines anew for each read from the start. Our JVM has the memory and compiler flags of the"
                                + " product, and no class cache.")
                .note("Each round: " + pair.calls
                        + " calls each, in alternating order, by the same client; its p50 counts. " + pair.rounds
                        + " rounds after " + WARM_UP + " that are not counted; nothing is pinned.");
    }

    /** The same file on both servers. */
    private record Pair(Caller caller, String ourFile, String peerFile, int rounds, int calls) {
        Row compare(String measure, String kind) throws IOException {
            Samples ours = new Samples();
            Samples peer = new Samples();
            for (int round = -WARM_UP; round < rounds; round++) {
                // Who goes first changes, for the first may find another machine than the second.
                boolean oursFirst = round % 2 == 0;
                double first = micros(kind, oursFirst ? ourFile : peerFile);
                double second = micros(kind, oursFirst ? peerFile : ourFile);
                if (round >= 0) {
                    ours.add(oursFirst ? first : second);
                    peer.add(oursFirst ? second : first);
                }
            }
            return Row.beside(measure, "us", ours, "libfuse3 in C", peer);
        }

        private double micros(String kind, String file) throws IOException {
            return caller.call(kind, file, calls).p50() / NANOS_PER_MICRO;
        }
    }
}
