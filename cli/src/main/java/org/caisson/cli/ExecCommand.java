package org.caisson.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerRuntime;
import org.caisson.runtime.ExecRequest;
import org.caisson.runtime.spec.ProcessSpec;
import org.caisson.runtime.spec.SpecException;
import org.caisson.runtime.spec.SpecReader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson exec}: one more program in a running container. */
final class ExecCommand extends Verb {
    ExecCommand() {
        super("exec");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "Run one more program in a running container.");
        spec.addOption(Model.values("NAME[=VALUE]", "Set a variable, or pass on the caller's.", "-e", "--env"));
        spec.addOption(Model.values("FILE", "Read variables from FILE, one NAME=VALUE a line.", "--env-file"));
        spec.addOption(Model.value("DIR", "Working directory.", "-w", "--workdir", "--cwd"));
        spec.addOption(Model.value("USER[:GROUP]", "Run as this user, by name or number.", "-u", "--user"));
        spec.addOption(
                Model.flag("Give the program our standard input; without, it reads /dev/null.", "-i", "--interactive"));
        spec.addOption(Model.flag("Give the program a terminal.", "-t", "--tty"));
        spec.addOption(Model.flag("Return when the program has started.", "-d", "--detach"));
        spec.addOption(Model.values("NAME", "Add a capability.", "--cap", "-c"));
        spec.addOption(Model.value("FILE", "Take all of it from a process section in FILE (JSON).", "-p", "--process"));
        spec.addOption(Model.value("FILE", "Write the process id of the program to FILE.", "--pid-file"));
        spec.addOption(Model.value("SOCKET", "Send the terminal's master to this unix socket.", "--console-socket"));
        spec.addOption(Model.hiddenFlag("--no-new-privs"));
        spec.addPositional(Model.operand("0", "1", "ID", "Name of the container."));
        spec.addPositional(Model.operand("1..*", "0..*", "COMMAND", "The program and its arguments."));
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
        List<String> operands = given.operands();
        String processFile = given.value("--process");
        List<String> command = operands.subList(1, operands.size());
        if (command.isEmpty() == (processFile == null)) {
            throw new UsageException(
                    processFile == null
                            ? "exec: no command: give one after the container's name, or a file with --process"
                            : "exec: give either a command or --process, not both");
        }
        ProcessSpec process = processFile == null ? null : readProcess(caller.path(processFile));
        boolean terminal = given.flag("--tty") || (process != null && process.terminal());
        boolean detach = given.flag("--detach");
        ExecRequest request = new ExecRequest(
                command,
                environment(caller, given, terminal),
                Volume.absolute("--cwd", given.value("--workdir")),
                given.value("--user"),
                terminal,
                process,
                BundleOptions.path(caller, given.value("--console-socket")),
                BundleOptions.path(caller, given.value("--pid-file")),
                detach,
                given.values("--cap"));
        // An engine that names a process file connects the streams as it wants them.
        boolean input = given.flag("--interactive") || processFile != null;
        ContainerRuntime runtime = new ContainerRuntime(globals.runtimeOptions(caller));
        if (detach) {
            return runtime.exec(operands.getFirst(), request, caller.io());
        }
        try (Foreground foreground = new Foreground(caller, input)) {
            try {
                return runtime.exec(operands.getFirst(), request, foreground);
            } catch (ContainerException e) {
                return foreground.statusOf(e);
            }
        }
    }

    private static List<String> environment(Caller caller, Arguments given, boolean terminal) throws UsageException {
        List<String> variables =
                new ArrayList<>(Environment.collect(caller, given.values("--env-file"), given.values("--env")));
        @Nullable String term = caller.variable("TERM");
        if (terminal && term != null && variables.stream().noneMatch(variable -> variable.startsWith("TERM="))) {
            variables.add("TERM=" + term);
        }
        return variables;
    }

    private static ProcessSpec readProcess(Path file) throws ContainerException {
        try {
            return SpecReader.readProcess(file);
        } catch (SpecException e) {
            throw new ContainerException(ContainerException.Kind.BAD_SPEC, String.valueOf(e.getMessage()), e);
        }
    }
}
