package org.caisson.cli;

import org.caisson.runtime.ContainerRuntime;
import picocli.CommandLine.Model.CommandSpec;

/** The process that keeps a detached container: started by the runtime, not by people. */
final class KeeperCommand extends Verb {
    static final String NAME = "keeper";

    KeeperCommand() {
        super(NAME);
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "Keep a container.");
        spec.addPositional(Model.operand("0..*", "0..*", "ARG", "What the runtime says."));
        spec.parser().stopAtPositional(true).unmatchedOptionsArePositionalParams(true);
        return spec;
    }

    @Override
    boolean hidden() {
        return true;
    }

    @Override
    int run(GlobalOptions globals, Arguments given) {
        return new ContainerRuntime(globals.runtimeOptions()).keep(given.operands());
    }
}
