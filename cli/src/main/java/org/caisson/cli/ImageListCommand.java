package org.caisson.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.caisson.image.oci.JsonObject;
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
        List<StoredImage> images = store(given).images();
        if (given.flag("--quiet")) {
            images.forEach(image -> System.out.println(image.name().familiar()));
        } else if (json) {
            System.out.println(new String(
                    JsonObject.bytes(images.stream().map(ImageVerb::describe).toList()), StandardCharsets.UTF_8));
        } else {
            Table table = new Table("NAME", "ID", "PLATFORM", "CREATED", "LAYERS", "SIZE");
            for (StoredImage image : images) {
                table.row(
                        image.name().familiar(),
                        image.id().brief(),
                        image.config().platform().toString(),
                        time(image.config().created()),
                        Integer.toString(image.manifest().layers().size()),
                        Sizes.of(image.manifest().size()));
            }
            System.out.print(table);
        }
        return 0;
    }
}
