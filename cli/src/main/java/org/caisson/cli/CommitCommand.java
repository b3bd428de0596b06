package org.caisson.cli;

import java.io.IOException;
import java.io.OutputStream;
import org.caisson.image.layer.LayerWriter;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Commit;
import org.caisson.image.store.StoredImage;
import org.caisson.image.tree.ContainerChanges;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerFiles;
import org.caisson.runtime.ContainerRuntime;
import org.caisson.runtime.ContainerState;
import org.caisson.vfs.difference.TreeChange;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson commit}: an image of what a container changed in its own. */
final class CommitCommand extends Verb {
    CommitCommand() {
        super("commit");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(
                name(),
                "Make an image of a container: its own image with one more layer, of what the container changed. What"
                        + " is mounted in the container (volumes, memory) is left out. It is paused meanwhile.");
        spec.addOption(Model.value("WHO", "Who makes it.", "-a", "--author"));
        spec.addOption(Model.values(
                "INSTRUCTION",
                "Change how it is run, as a line of a Dockerfile does: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD,"
                        + " STOPSIGNAL, USER, VOLUME, WORKDIR.",
                "-c",
                "--change"));
        spec.addOption(Model.value("TEXT", "A remark.", "-m", "--message"));
        spec.addOption(Model.choice(
                "YES",
                java.util.List.of("true", "false"),
                "Whether to pause the container meanwhile (default: true); if not, files that it is writing may be"
                        + " half there.",
                "-p",
                "--pause"));
        spec.addOption(Model.flag("Show no progress.", "-q", "--quiet"));
        spec.addPositional(Model.operand("0", "1", "CONTAINER", "Name of the container."));
        spec.addPositional(Model.operand("1", "1", "NAME", "What to call the image."));
        return spec;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        String id = given.operand();
        Reference name = reference(given.operands().get(1));
        boolean pause = isTrue(given.value("--pause"));
        ContainerRuntime runtime = new ContainerRuntime(globals.runtimeOptions(caller));
        ContainerState state = runtime.state(id);
        Commit commit = new Commit(
                state.command(), text(given, "--author"), text(given, "--message"), given.values("--change"));
        try (ContainerFiles written = runtime.written(id);
                ImageContainer image = ImageContainer.of(state);
                ProgressBars progress = ProgressBars.open(given.flag("--quiet"))) {
            boolean paused = pause && state.status() == ContainerState.Status.RUNNING;
            if (paused) {
                runtime.pause(id);
            }
            StoredImage made;
            try {
                made = commit.run(image.store(), image.image(), out -> write(image, written, out), name, progress);
            } finally {
                if (paused) {
                    runtime.resume(id);
                }
            }
            System.out.println(made.name().familiar() + " " + made.descriptor().digest());
            return 0;
        } catch (ContainerException e) {
            throw e;
        } catch (IOException e) {
            throw new ContainerException("container " + id + " cannot be made an image: " + Words.of(e), e);
        }
    }

    private static void write(ImageContainer image, ContainerFiles written, OutputStream out) throws IOException {
        try (ImageFiles files = ImageFiles.open(image);
                ContainerChanges changes = files.layers().changes(written.directory(), written.owners())) {
            LayerWriter layer = new LayerWriter(out);
            TreeChange change = changes.next();
            while (change != null) {
                layer.write(change);
                change = changes.next();
            }
            layer.finish();
        }
    }

    private static Reference reference(String text) throws UsageException {
        try {
            return Reference.parse(text);
        } catch (ImageFormatException e) {
            throw new UsageException("commit: " + e.getMessage());
        }
    }

    private static String text(Arguments given, String option) {
        String value = given.value(option);
        return value == null ? "" : value;
    }

    private static boolean isTrue(@Nullable String text) throws UsageException {
        if (text == null) {
            return true;
        }
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw UsageException.invalid("--pause", text, "it can be true or false");
        };
    }
}
