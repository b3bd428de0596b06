package org.caisson.cli;

import java.util.List;
import org.caisson.runtime.ContainerException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** One command: it models its options, parses, calls the runtime, prints. */
abstract class Verb {
    private final String name;

    Verb(String name) {
        this.name = name;
    }

    /** As typed. */
    final String name() {
        return name;
    }

    /** A fresh model of options and operands. */
    abstract CommandSpec model();

    /** Does the work; the answer is the exit status. */
    abstract int run(Caller caller, GlobalOptions globals, Arguments arguments)
            throws UsageException, ContainerException;

    /** Words that can follow, each a command of its own; none for a command that does something itself. */
    List<String> subcommands() {
        return List.of();
    }

    /** The command of a word that follows; null if there is none. */
    @Nullable
    Verb subcommand(String word) {
        return null;
    }

    /** Whether signals stay blocked because the verb hands them on to a program. */
    boolean forwardsSignals() {
        return false;
    }

    /** Whether it answers at once, without a system call of our own: then signals need no care. */
    boolean quick() {
        return false;
    }

    /** Whether a daemon can do it for a caller, as it takes all from that, and nothing from the process that it runs in. */
    boolean residesWith(Caller caller, Arguments given) {
        return false;
    }

    /** Whether it is left out of help, completion and manual. */
    boolean hidden() {
        return false;
    }
}
