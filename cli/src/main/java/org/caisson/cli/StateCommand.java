package org.caisson.cli;

import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerRuntime;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson state}: the state of a container as the runtime-spec has it. */
final class StateCommand extends Verb {
    StateCommand() {
        super("state");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "Print the state of a container as JSON.");
        spec.addPositional(Model.operand("0", "1", "ID", "Name of the container."));
        return spec;
    }

    @Override
    boolean residesWith(Caller caller, Arguments given) {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws ContainerException {
        caller.out()
                .println(new ContainerRuntime(globals.runtimeOptions(caller))
                        .state(given.operand())
                        .toJson());
        return 0;
    }
}
