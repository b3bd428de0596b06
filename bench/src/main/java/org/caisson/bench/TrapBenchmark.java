package org.caisson.bench;

import java.io.IOException;
import java.util.List;

/** What a trapped and continued {@code umount2} costs, beside an untrapped one and a supervisor in C. */
final class TrapBenchmark implements Benchmark {
    private static final double NANOS_PER_MICRO = 1e3;
    private static final double GOAL = 1.35;
    private static final int WARM_UP = 6;

    /** No mount point on any usual host, so that the kernel answers EINVAL after the path walk. */
    private static final String PATH = "/usr/bin";

    @Override
    public String name() {
        return "trap";
    }

    @Override
    public Report run(Workspace workspace, boolean quick) throws IOException {
        List<Contender> contenders = List.of(
                new Contender(Caller.inContainer(workspace)),
                new Contender(Caller.start(workspace, List.of(workspace.program("trap-peer"), "resolve"))),
                new Contender(Caller.start(workspace, List.of(workspace.program("trap-peer"), "read"))),
                new Contender(Caller.start(workspace, List.of())));
        int rounds = quick ? 7 : 25;
        int calls = 50_000;
        for (int round = -WARM_UP; round < rounds; round++) {
            for (int turn = 0; turn < contenders.size(); turn++) {
                // Who goes first changes from round to round.
                Contender contender = contenders.get((turn + round + WARM_UP) % contenders.size());
                double micros = contender.caller.call("umount", PATH, calls).p50() / NANOS_PER_MICRO;
                if (round >= 0) {
                    contender.micros.add(micros);
                }
            }
        }
        Samples ours = contenders.get(0).micros;
        return new Report(name(), quick)
                .add(Row.beside(
                                "umount2, trapped and continued",
                                "us",
                                ours,
                                "C, same checks",
                                contenders.get(1).micros)
                        .withGoal(GOAL))
                .add(Row.beside("umount2, trapped and continued", "us", ours, "C, path only", contenders.get(2).micros))
                .add(Row.beside("umount2", "us", ours, "not trapped", contenders.get(3).micros))
                .note(
                        "All supervisors wait in poll, read the path from the caller's memory and ask for ID_VALID before they continue;"
                                + " ours and the first in C also follow it in the caller's root, to know which mount it means, with the"
                                + " same calls.")
                .note("What remains: in ours the path leads through the container's overlay, and its filter is longer"
                        + " (more calls trapped, three architectures handled).")
                .note("Each round: " + calls + " calls each, in changing order; its p50 counts. " + rounds
                        + " rounds after " + WARM_UP + " that are not counted; nothing is pinned.");
    }

    private record Contender(Caller caller, Samples micros) {
        Contender(Caller caller) {
            this(caller, new Samples());
        }
    }
}
