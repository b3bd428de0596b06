package org.caisson.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.caisson.image.oci.Reference;
import org.caisson.image.store.Collected;
import org.caisson.image.store.ImageStore;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image rm}: takes names away, and what no other image needs. */
final class ImageRemoveCommand extends ImageVerb {
    ImageRemoveCommand() {
        super("rm");
    }

    @Override
    CommandSpec describe() {
        CommandSpec spec = Model.command(name(), "Remove images, and of their layers those that no other image needs.");
        spec.addPositional(Model.operand("0..*", "1..*", "IMAGE", "A name, or the first digits of an ID or digest."));
        return spec;
    }

    @Override
    int run(Arguments given) throws IOException {
        ImageStore store = store(given);
        List<Reference> names = new ArrayList<>();
        for (String name : given.operands()) {
            names.add(store.name(name));
        }
        for (Reference name : names) {
            if (store.remove(name)) {
                System.out.println("removed " + name.familiar());
            }
        }
        print(store.collect());
        return 0;
    }

    static void print(Collected collected) {
        System.out.println("freed " + Sizes.of(collected.bytes()) + " in " + collected.files() + " files");
    }
}
