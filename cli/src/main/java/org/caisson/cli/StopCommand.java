package org.caisson.cli;

import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerRuntime;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson stop}: has containers end, as {@code docker stop}; each is printed when it has. */
final class StopCommand extends Verb {
    private static final long USUAL_SECONDS = 10;
    private static final long MOST_SECONDS = Integer.MAX_VALUE / 1000;

    StopCommand() {
        super("stop");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(
                name(),
                "Stop containers: send the signal that the image names (else TERM), and kill what still runs some time"
                        + " after.");
        spec.addOption(Model.value(
                "SECONDS",
                "How long it may take before it is killed (default: " + USUAL_SECONDS + "); -1 for ever.",
                "-t",
                "--time",
                "--timeout"));
        spec.addOption(Model.value("SIGNAL", "Another signal, by name or number.", "-s", "--signal"));
        spec.addPositional(Model.operand("0..*", "1..*", "ID", "Names of containers."));
        return spec;
    }

    @Override
    boolean residesWith(Caller caller, Arguments given) {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        long millis = millis(given.value("--time"));
        String signal = given.value("--signal");
        int number = signal == null ? 0 : KillCommand.number(signal);
        ContainerRuntime runtime = new ContainerRuntime(globals.runtimeOptions(caller));
        Containers.each(caller, given.operands(), id -> runtime.stop(id, number, millis));
        return 0;
    }

    private static long millis(@Nullable String text) throws UsageException {
        if (text == null) {
            return USUAL_SECONDS * 1000;
        }
        long seconds = Quantities.whole("--time", text, -1, "give seconds, or -1 to wait for ever");
        return seconds < 0 ? -1 : Math.min(seconds, MOST_SECONDS) * 1000;
    }
}
