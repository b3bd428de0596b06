package org.caisson.bench;

import java.io.IOException;

/** One named comparison of Caisson with its peers. */
interface Benchmark {
    /** As in the list {@code bench/benchmarks}, where {@code bench/run --list} finds it. */
    String name();

    /** Runs it; {@code quick} asks for few rounds, for a look rather than for a figure. */
    Report run(Workspace workspace, boolean quick) throws IOException;
}
