package org.caisson.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.caisson.image.oci.JsonObject;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image verify}: whether all bytes of images are what they should be. */
final class ImageVerifyCommand extends ImageVerb {
    ImageVerifyCommand() {
        super("verify");
    }

    @Override
    CommandSpec describe() {
        CommandSpec spec = Model.command(
                name(),
                "Read all of images and compare every digest. Each layer is converted once more, one after the other, and the result"
                        + " compared: there must be room for the largest. The exit status is 1 if something is wrong.");
        addFormat(spec);
        spec.addPositional(Model.operand(
                "0..*", "0..*", "IMAGE", "A name, or the first digits of an ID or digest (default: all images)."));
        return spec;
    }

    @Override
    int run(Arguments given) throws UsageException, IOException {
        boolean json = Table.isJson(given.value("--format"));
        ImageStore store = store(given);
        List<StoredImage> images = new ArrayList<>();
        for (String name : given.operands()) {
            images.add(store.find(name));
        }
        if (given.operands().isEmpty()) {
            images.addAll(store.images());
        }
        Table table = new Table("NAME", "RESULT");
        List<Map<String, Object>> results = new ArrayList<>();
        boolean good = true;
        for (StoredImage image : images) {
            List<String> wrong;
            try (ProgressBars progress = ProgressBars.open(false)) {
                wrong = store.verify(image, progress);
            }
            good &= wrong.isEmpty();
            String name = image.name().familiar();
            results.add(new LinkedHashMap<>(Map.of("name", name, "good", wrong.isEmpty(), "wrong", wrong)));
            if (wrong.isEmpty()) {
                table.row(name, "good");
            }
            wrong.forEach(what -> table.row(name, what));
        }
        if (json) {
            System.out.println(new String(JsonObject.bytes(results), StandardCharsets.UTF_8));
        } else {
            System.out.print(table);
        }
        return good ? 0 : 1;
    }
}
