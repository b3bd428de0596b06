package org.caisson.cli;

import org.caisson.runtime.Features;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson features}: what this runtime can do, as runtime-spec's {@code features.md} has it. */
final class FeaturesCommand extends Verb {
    FeaturesCommand() {
        super("features");
    }

    @Override
    CommandSpec model() {
        return Model.command(name(), "Print what this runtime can do, as JSON.");
    }

    @Override
    boolean quick() {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) {
        caller.out().println(Features.toJson());
        return 0;
    }
}
