package org.caisson.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import org.caisson.image.tree.ContainerChanges;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerFiles;
import org.caisson.runtime.ContainerRuntime;
import org.caisson.vfs.difference.TreeChange;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson diff}: what a container changed in its image. */
final class DiffCommand extends Verb {
    DiffCommand() {
        super("diff");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(
                name(),
                "Show what a container changed in its image, a line a file: A it was added, C it or something in it"
                        + " was changed, D it was removed.");
        spec.addOption(
                Model.choice("FORMAT", List.of("table", "json"), "Print lines (default) or json.", "-f", "--format"));
        spec.addPositional(Model.operand("0", "1", "CONTAINER", "Name of the container."));
        return spec;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        boolean json = Table.isJson(given.value("--format"));
        ContainerRuntime runtime = new ContainerRuntime(globals.runtimeOptions(caller));
        String id = given.operand();
        try (ContainerFiles written = runtime.written(id);
                ImageContainer image = ImageContainer.of(runtime.state(id));
                ImageFiles files = ImageFiles.open(image);
                ContainerChanges changes = files.layers().changes(written.directory(), written.owners())) {
            print(changes, json);
            return 0;
        } catch (ContainerException e) {
            throw e;
        } catch (IOException e) {
            throw new ContainerException("the changes of container " + id + " cannot be told: " + Words.of(e), e);
        }
    }

    private static void print(ContainerChanges changes, boolean json) throws IOException {
        PrintStream out = Output.buffered();
        ChangeLines lines = new ChangeLines(out, json);
        TreeChange change = changes.next();
        while (change != null && !out.checkError()) {
            lines.add(change);
            change = changes.next();
        }
        lines.end();
        out.flush();
    }
}
