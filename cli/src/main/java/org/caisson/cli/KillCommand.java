package org.caisson.cli;

import java.util.List;
import org.caisson.linux.Signals;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerRuntime;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson kill}: sends a signal to a container's program. */
final class KillCommand extends Verb {
    KillCommand() {
        super("kill");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "Send a signal to the program of a container.");
        spec.addOption(Model.flag("Send it to all processes of the container.", "-a", "--all"));
        spec.addOption(Model.value("SIGNAL", "The signal, by name or number.", "-s", "--signal"));
        spec.addPositional(Model.operand("0", "1", "ID", "Name of the container."));
        spec.addPositional(Model.operand(
                "1", "0..1", "SIGNAL", "The signal, by name or number (default: what the image names, else TERM)."));
        return spec;
    }

    @Override
    boolean residesWith(Caller caller, Arguments given) {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        List<String> operands = given.operands();
        String option = given.value("--signal");
        String name = option != null ? option : operands.size() > 1 ? operands.get(1) : null;
        ContainerRuntime runtime = new ContainerRuntime(globals.runtimeOptions(caller));
        String id = operands.getFirst();
        if (name == null) {
            name = runtime.state(id).annotations().getOrDefault(ImageContainer.STOP_SIGNAL, "TERM");
        }
        runtime.kill(id, number(name), given.flag("--all"));
        return 0;
    }

    static int number(String name) throws UsageException {
        try {
            return Signals.parse(name);
        } catch (IllegalArgumentException e) {
            throw UsageException.invalid("signal", name, "give a name or number of signal(7), for example TERM or 15");
        }
    }
}
