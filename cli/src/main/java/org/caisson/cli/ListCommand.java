package org.caisson.cli;

import java.util.List;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerRuntime;
import org.caisson.runtime.ContainerState;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson list}: the containers of this state directory. */
final class ListCommand extends Verb {
    ListCommand() {
        super("list");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "List all containers.");
        spec.addOption(
                Model.choice("FORMAT", List.of("table", "json"), "Print a table (default) or json.", "-f", "--format"));
        spec.addOption(Model.flag("Print only names.", "-q", "--quiet"));
        return spec;
    }

    @Override
    boolean residesWith(Caller caller, Arguments given) {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        return print(caller, new ContainerRuntime(globals.runtimeOptions(caller)).list(), given);
    }

    /** Prints containers as {@code --quiet} and {@code --format} say. */
    static int print(Caller caller, List<ContainerState> containers, Arguments given) throws UsageException {
        boolean json = Table.isJson(given.value("--format"));
        if (given.flag("--quiet")) {
            containers.forEach(container -> caller.out().println(container.id()));
        } else if (json) {
            StringBuilder out = new StringBuilder("[");
            for (ContainerState container : containers) {
                out.append(out.length() == 1 ? "" : ",").append(container.toJson());
            }
            caller.out().println(out.append(']'));
        } else {
            caller.out().print(table(containers));
        }
        return 0;
    }

    private static String table(List<ContainerState> containers) {
        Table table = new Table("ID", "PID", "STATUS", "CREATED", "COMMAND");
        for (ContainerState container : containers) {
            table.row(
                    container.id(),
                    Integer.toString(container.pid()),
                    container.status().text(),
                    container
                            .created()
                            .truncatedTo(java.time.temporal.ChronoUnit.SECONDS)
                            .toString(),
                    container.command());
        }
        return table.toString();
    }
}
