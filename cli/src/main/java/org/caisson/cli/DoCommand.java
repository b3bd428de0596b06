package org.caisson.cli;

import java.util.List;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.RunRequest;
import org.caisson.runtime.SpecBuilder;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson do}: a program of the host in a container over a copy-on-write view of the host's root. */
final class DoCommand extends Verb {
    DoCommand() {
        super("do");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(
                name(),
                "Run a program of this machine in a container. It sees the machine's files, and whatever it changes is gone afterwards.");
        ContainerOptions.addAttachment(spec);
        ContainerOptions.addShape(spec);
        spec.addPositional(Model.operand("0", "0..1", "COMMAND", "The program, looked up in PATH."));
        spec.addPositional(Model.operand("1..*", "0..*", "ARG", "Its arguments."));
        spec.parser().stopAtPositional(true);
        return spec;
    }

    @Override
    boolean forwardsSignals() {
        return true;
    }

    @Override
    boolean residesWith(Caller caller, Arguments given) {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        List<String> command = ContainerOptions.command(given, 0);
        if (command.isEmpty()) {
            throw new UsageException("do: no command: give one, for example caisson do -- sh");
        }
        SpecBuilder spec =
                SpecBuilder.hostRoot().args(command).cwd(caller.directory().toString());
        ContainerOptions.applyTerminal(caller, given, spec);
        ContainerOptions.apply(caller, given, spec);
        // A container that nobody named and nobody waits for would have no use for its leftovers.
        boolean remove = given.flag("--rm") || (!given.flag("--detach") && given.value("--name") == null);
        return Launch.run(
                caller,
                globals,
                given,
                RunRequest.ofSpec(ContainerOptions.id(given), spec.build())
                        .remove(remove)
                        .init(true)
                        .anyId(given.value("--name") == null)
                        .anyDirectory(given.value("--workdir") == null),
                given.flag("--interactive"));
    }
}
