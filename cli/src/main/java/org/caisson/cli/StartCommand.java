package org.caisson.cli;

import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerRuntime;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson start}: runs the program of a created container. */
final class StartCommand extends Verb {
    StartCommand() {
        super("start");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "Start the program of a created container.");
        spec.addPositional(Model.operand("0", "1", "ID", "Name of the container."));
        return spec;
    }

    @Override
    boolean residesWith(Caller caller, Arguments given) {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws ContainerException {
        new ContainerRuntime(globals.runtimeOptions(caller)).start(given.operand(), caller.io());
        return 0;
    }
}
