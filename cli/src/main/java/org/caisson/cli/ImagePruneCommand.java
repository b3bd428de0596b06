package org.caisson.cli;

import java.io.IOException;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image prune}: removes what no image needs. */
final class ImagePruneCommand extends ImageVerb {
    ImagePruneCommand() {
        super("prune");
    }

    @Override
    CommandSpec describe() {
        CommandSpec spec = Model.command(
                name(), "Remove what no image needs: layers of images that were replaced, what was broken off.");
        spec.addOption(Model.flag("Take all names away first; what is in use stays.", "-a", "--all"));
        return spec;
    }

    @Override
    int run(Arguments given) throws IOException {
        ImageStore store = store(given);
        if (given.flag("--all")) {
            for (StoredImage image : store.images()) {
                if (store.remove(image.name())) {
                    System.out.println("removed " + image.name().familiar());
                }
            }
        }
        ImageRemoveCommand.print(store.collect());
        return 0;
    }
}
