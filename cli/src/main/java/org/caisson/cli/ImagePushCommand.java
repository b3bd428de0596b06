package org.caisson.cli;

import java.io.IOException;
import java.util.List;
import org.caisson.image.oci.Reference;
import org.caisson.image.registry.DockerCredentials;
import org.caisson.image.registry.Push;
import org.caisson.image.registry.RegistryOptions;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image push}: from the store to a registry. */
final class ImagePushCommand extends ImageVerb {
    ImagePushCommand() {
        super("push");
    }

    @Override
    CommandSpec describe() {
        CommandSpec spec = Model.command(
                name(), "Push an image to a registry. Signs in with what podman login or docker login left.");
        addTls(spec);
        spec.addOption(Model.flag("Show no progress.", "-q", "--quiet"));
        spec.addPositional(Model.operand("0", "1", "IMAGE", "A name, or the first digits of an ID or digest."));
        spec.addPositional(Model.operand("1", "0..1", "TARGET", "What to call it there (default: its name)."));
        return spec;
    }

    @Override
    int run(Arguments given) throws UsageException, IOException {
        List<String> operands = given.operands();
        ImageStore store = store(given);
        StoredImage image = store.find(operands.getFirst());
        Reference target = operands.size() > 1 ? reference(operands.get(1)) : image.name();
        try (ProgressBars progress = ProgressBars.open(given.flag("--quiet"))) {
            new Push(store, image, target, progress)
                    .run(tls(given, RegistryOptions.DEFAULT), DockerCredentials.ofUser());
        }
        System.out.println(target.familiar() + " " + image.descriptor().digest());
        return 0;
    }
}
