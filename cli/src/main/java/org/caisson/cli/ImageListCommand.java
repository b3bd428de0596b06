package org.caisson.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.caisson.image.lazy.Arrived;
import org.caisson.image.oci.JsonObject;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image ls}: the images of the store. */
final class ImageListCommand extends ImageVerb {
    ImageListCommand() {
        super("ls");
    }

    @Override
    CommandSpec describe() {
        CommandSpec spec = Model.command(name(), "List all images.");
        addFormat(spec);
        spec.addOption(Model.flag("Print only names.", "-q", "--quiet"));
        return spec;
    }

    @Override
    int run(Arguments given) throws UsageException, IOException {
        boolean json = Table.isJson(given.value("--format"));
        ImageStore store = store(given);
        List<StoredImage> images = store.images();
        if (given.flag("--quiet")) {
            images.forEach(image -> System.out.println(image.name().familiar()));
        } else if (json) {
            List<Map<String, Object>> all = new ArrayList<>();
            for (StoredImage image : images) {
                all.add(describe(store, image));
            }
            System.out.println(new String(JsonObject.bytes(all), StandardCharsets.UTF_8));
        } else {
            Table table = new Table("NAME", "ID", "PLATFORM", "CREATED", "LAYERS", "SIZE", "HERE");
            for (StoredImage image : images) {
                table.row(
                        image.name().familiar(),
                        image.id().brief(),
                        image.config().platform().toString(),
                        time(image.config().created()),
                        Integer.toString(image.manifest().layers().size()),
                        Sizes.of(image.manifest().size()),
                        Arrived.of(store, image).percent() + "%");
            }
            System.out.print(table);
        }
        return 0;
    }
}
