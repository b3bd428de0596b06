package org.caisson.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.ImageConfig.HistoryEntry;
import org.caisson.image.oci.JsonObject;
import org.caisson.image.store.StoredImage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image history}: how an image was made. */
final class ImageHistoryCommand extends ImageVerb {
    private static final int WIDTH = 60;

    ImageHistoryCommand() {
        super("history");
    }

    @Override
    CommandSpec describe() {
        CommandSpec spec = Model.command(name(), "Show the steps in which an image was made, the last one first.");
        addFormat(spec);
        spec.addPositional(Model.operand("0", "1", "IMAGE", "A name, or the first digits of an ID or digest."));
        return spec;
    }

    @Override
    int run(Arguments given) throws UsageException, IOException {
        boolean json = Table.isJson(given.value("--format"));
        List<Map<String, Object>> steps = steps(store(given).find(given.operand()));
        if (json) {
            System.out.println(new String(JsonObject.bytes(steps), StandardCharsets.UTF_8));
            return 0;
        }
        Table table = new Table("CREATED", "SIZE", "LAYER", "BY");
        for (Map<String, Object> step : steps) {
            Object size = step.get("size");
            String by = String.valueOf(step.get("createdBy")) + step.get("comment");
            table.row(
                    String.valueOf(step.get("created")),
                    size instanceof Long bytes ? Sizes.of(bytes) : "",
                    String.valueOf(step.getOrDefault("layer", "")).replaceFirst("^sha[0-9]+:(.{12}).*", "$1"),
                    by.length() > WIDTH ? by.substring(0, WIDTH - 1) + "…" : by);
        }
        System.out.print(table);
        return 0;
    }

    private static List<Map<String, Object>> steps(StoredImage image) {
        List<Descriptor> layers = image.manifest().layers();
        List<Map<String, Object>> steps = new ArrayList<>();
        int next = 0;
        for (HistoryEntry entry : image.config().history()) {
            boolean layer = !entry.emptyLayer() && next < layers.size();
            steps.add(step(entry, layer ? layers.get(next++) : null));
        }
        HistoryEntry unknown = new HistoryEntry(null, "", "", false);
        while (next < layers.size()) {
            steps.add(step(unknown, layers.get(next++)));
        }
        return steps.reversed();
    }

    private static Map<String, Object> step(HistoryEntry entry, @Nullable Descriptor layer) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("created", time(entry.created()));
        json.put("createdBy", entry.createdBy());
        json.put("comment", entry.comment());
        if (layer != null) {
            json.put("layer", layer.digest().toString());
            json.put("size", layer.size());
        }
        return json;
    }
}
