package org.caisson.cli;

import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerRuntime;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson rm}: removes containers, as Docker has it; each is printed when it is gone. */
final class RmCommand extends Verb {
    RmCommand() {
        super("rm");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "Remove stopped containers.");
        spec.addOption(Model.flag("Kill those that run first, and be content if there is none.", "-f", "--force"));
        spec.addPositional(Model.operand("0..*", "1..*", "ID", "Names of containers."));
        return spec;
    }

    @Override
    boolean residesWith(Caller caller, Arguments given) {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws ContainerException {
        ContainerRuntime runtime = new ContainerRuntime(globals.runtimeOptions(caller));
        Containers.each(caller, given.operands(), id -> runtime.delete(id, given.flag("--force")));
        return 0;
    }
}
