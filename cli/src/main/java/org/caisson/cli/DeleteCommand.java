package org.caisson.cli;

import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerRuntime;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson delete}: removes one stopped container, as the runtime-spec has it. */
final class DeleteCommand extends Verb {
    DeleteCommand() {
        super("delete");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "Remove a stopped container.");
        spec.addOption(Model.flag("Kill it first if it runs, and be content if there is none.", "-f", "--force"));
        spec.addPositional(Model.operand("0", "1", "ID", "Name of the container."));
        return spec;
    }

    @Override
    boolean residesWith(Caller caller, Arguments given) {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws ContainerException {
        new ContainerRuntime(globals.runtimeOptions(caller)).delete(given.operand(), given.flag("--force"));
        return 0;
    }
}
