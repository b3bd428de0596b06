package org.caisson.cli;

import java.util.List;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerProcessInfo;
import org.caisson.runtime.ContainerRuntime;
import org.caisson.runtime.ContainerState;
import org.caisson.runtime.ContainerState.Status;
import org.caisson.runtime.spec.JsonWriter;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson ps}: the containers, or the processes of one. */
final class PsCommand extends Verb {
    PsCommand() {
        super("ps");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "List running containers, or the processes of one container.");
        spec.addOption(
                Model.choice("FORMAT", List.of("table", "json"), "Print a table (default) or json.", "-f", "--format"));
        spec.addOption(Model.flag("List those that do not run, too.", "-a", "--all"));
        spec.addOption(Model.flag("Print only names of containers, or only process ids.", "-q", "--quiet"));
        spec.addPositional(Model.operand("0", "0..1", "ID", "Name of a container."));
        return spec;
    }

    @Override
    boolean residesWith(Caller caller, Arguments given) {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        List<String> operands = given.operands();
        if (operands.isEmpty()) {
            List<ContainerState> containers = new ContainerRuntime(globals.runtimeOptions(caller)).list();
            if (!given.flag("--all")) {
                containers = containers.stream()
                        .filter(container -> container.status() != Status.STOPPED)
                        .toList();
            }
            return ListCommand.print(caller, containers, given);
        }
        boolean json = Table.isJson(given.value("--format"));
        List<ContainerProcessInfo> processes =
                new ContainerRuntime(globals.runtimeOptions(caller)).processes(operands.getFirst());
        if (given.flag("--quiet")) {
            processes.forEach(process -> caller.out().println(process.pid()));
        } else if (json) {
            // As runc has it: an array of process ids.
            JsonWriter out = new JsonWriter().beginArray();
            processes.forEach(process -> out.value(process.pid()));
            caller.out().println(out.endArray());
        } else {
            Table table = new Table("PID", "PPID", "UID", "COMMAND");
            for (ContainerProcessInfo process : processes) {
                table.row(
                        Integer.toString(process.pid()),
                        Integer.toString(process.parent()),
                        Long.toString(process.uid()),
                        process.command());
            }
            caller.out().print(table);
        }
        return 0;
    }
}
