package org.caisson.cli;

import java.io.IOException;
import java.util.List;
import org.caisson.image.lazy.CompletingPull;
import org.caisson.image.lazy.LazyPull;
import org.caisson.image.oci.Reference;
import org.caisson.image.oci.Shown;
import org.caisson.image.registry.DockerCredentials;
import org.caisson.image.registry.Registry;
import org.caisson.image.source.Intake;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image pull}: from a registry into the store. */
final class ImagePullCommand extends ImageVerb {
    ImagePullCommand() {
        super("pull");
    }

    @Override
    CommandSpec describe() {
        CommandSpec spec = Model.command(
                name(), "Pull images from registries. Signs in with what podman login or docker login left.");
        addPlatform(spec);
        addMirrors(spec);
        addTls(spec);
        spec.addOption(Model.flag(
                "Fetch only what tells which files there are (of layers of eStargz and zstd:chunked; others in whole). "
                        + "The data come when they are read, and in the background while the image runs; pull without it completes the image.",
                "--lazy"));
        spec.addOption(Model.flag("Show no progress.", "-q", "--quiet"));
        spec.addPositional(Model.operand("0..*", "1..*", "NAME", "[HOST/]NAME[:TAG][@DIGEST]."));
        return spec;
    }

    @Override
    int run(Arguments given) throws UsageException, IOException {
        List<String> names = given.operands();
        for (String name : names) {
            reference(name);
        }
        ImageStore store = store(given);
        for (String name : names) {
            Reference reference = reference(name);
            StoredImage image;
            try (ProgressBars progress = ProgressBars.open(given.flag("--quiet"));
                    Registry registry =
                            Registry.forPull(reference, registryOptions(given), DockerCredentials.ofUser())) {
                Intake.Layers layers = given.flag("--lazy")
                        ? new LazyPull(
                                reference,
                                registryOptions(given),
                                note -> System.err.println("caisson: " + Shown.line(note)))
                        : new CompletingPull(store);
                image = new Intake(store, platform(given), progress, layers).take(registry.source(), reference);
            }
            System.out.println(
                    image.name().familiar() + " " + image.descriptor().digest());
        }
        return 0;
    }
}
