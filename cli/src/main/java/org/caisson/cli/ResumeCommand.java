package org.caisson.cli;

import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerRuntime;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson resume}: thaws a paused container. */
final class ResumeCommand extends Verb {
    ResumeCommand() {
        super("resume");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "Let a paused container go on.");
        spec.addPositional(Model.operand("0", "1", "ID", "Name of the container."));
        return spec;
    }

    @Override
    boolean residesWith(Caller caller, Arguments given) {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws ContainerException {
        new ContainerRuntime(globals.runtimeOptions(caller)).resume(given.operand());
        return 0;
    }
}
