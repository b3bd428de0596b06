package org.caisson.bench;

import java.io.IOException;

/** One named comparison of Caisson with its peers. */
interface Benchmark {
    String name();

    /** One line for {@code bench/run --list}. */
    String description();

    /** Runs it; {@code quick} asks for few rounds, for a look rather than for a figure. */
    Report run(Workspace workspace, boolean quick) throws IOException;
}
