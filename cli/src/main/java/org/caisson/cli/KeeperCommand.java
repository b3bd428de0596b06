package org.caisson.cli;

import java.nio.file.Path;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.Reference;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerRuntime;
import org.caisson.runtime.RuntimeOptions;
import picocli.CommandLine.Model.CommandSpec;

/** The process that keeps a detached container: started by the runtime, not by people. */
final class KeeperCommand extends Verb {
    static final String NAME = "keeper";
    static final String STORE = "--store";
    static final String IMAGE = "--image";

    KeeperCommand() {
        super(NAME);
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "Keep a container.");
        spec.addOption(Model.value("DIR", "The store of the image that the container runs from.", STORE));
        spec.addOption(Model.value("NAME@DIGEST", "The image that the container runs from.", IMAGE));
        spec.addOption(Model.value("SECONDS", "How long a read waits for a registry.", RunCommand.PATIENCE));
        spec.addPositional(Model.operand("0..*", "0..*", "ARG", "What the runtime says."));
        spec.parser().stopAtPositional(true).unmatchedOptionsArePositionalParams(true);
        return spec;
    }

    @Override
    boolean hidden() {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        String store = given.value(STORE);
        String image = given.value(IMAGE);
        if (store == null || image == null) {
            return keep(globals.runtimeOptions(caller), given);
        }
        // Whoever launched us uses the image too, until the container is made.
        try (ImageContainer container = image(Path.of(store), image);
                LazyLayers layers = new LazyLayers(container, RunCommand.patience(given.value(RunCommand.PATIENCE)))) {
            return keep(globals.runtimeOptions(caller).withLayers(layers), given);
        }
    }

    private static ImageContainer image(Path store, String nameAndDigest) throws UsageException, ContainerException {
        try {
            Reference name = Reference.parse(nameAndDigest);
            Digest manifest = name.digest();
            if (manifest != null) {
                return ImageContainer.of(store, name, manifest);
            }
        } catch (ImageFormatException e) {
            // Told below.
        }
        throw new UsageException("keeper: '" + nameAndDigest + "' is no NAME@DIGEST");
    }

    private static int keep(RuntimeOptions options, Arguments given) {
        return new ContainerRuntime(options).keep(given.operands());
    }
}
