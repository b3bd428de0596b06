package org.caisson.cli;

import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerRuntime;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson pause}: freezes all processes of a container. */
final class PauseCommand extends Verb {
    PauseCommand() {
        super("pause");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "Freeze all processes of a container.");
        spec.addPositional(Model.operand("0", "1", "ID", "Name of the container."));
        return spec;
    }

    @Override
    boolean residesWith(Caller caller, Arguments given) {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws ContainerException {
        new ContainerRuntime(globals.runtimeOptions(caller)).pause(given.operand());
        return 0;
    }
}
