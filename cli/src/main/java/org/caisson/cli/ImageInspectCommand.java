package org.caisson.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.JsonObject;
import org.caisson.image.oci.ProcessDefaults;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.Repetition;
import org.caisson.image.store.StoredImage;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image inspect}: what there is to say of images. */
final class ImageInspectCommand extends ImageVerb {
    ImageInspectCommand() {
        super("inspect");
    }

    @Override
    CommandSpec describe() {
        CommandSpec spec = Model.command(name(), "Show what images are made of and how they are run.");
        addFormat(spec);
        spec.addPositional(Model.operand("0..*", "1..*", "IMAGE", "A name, or the first digits of an ID or digest."));
        return spec;
    }

    @Override
    int run(Arguments given) throws UsageException, IOException {
        boolean json = Table.isJson(given.value("--format"));
        ImageStore store = store(given);
        List<Map<String, Object>> all = new ArrayList<>();
        for (String name : given.operands()) {
            all.add(whole(store, store.find(name)));
        }
        if (json) {
            System.out.println(new String(JsonObject.bytes(all), StandardCharsets.UTF_8));
            return 0;
        }
        for (Map<String, Object> image : all) {
            Table table = new Table("FIELD", "VALUE");
            image.forEach((field, value) -> rows(table, field, value));
            System.out.print(table);
        }
        return 0;
    }

    private static void rows(Table table, String field, Object value) {
        if (value instanceof List<?> list) {
            list.forEach(one -> rows(table, field, one));
        } else if (value instanceof Map<?, ?> map && map.containsKey("digest")) {
            table.row(field, map.get("digest") + " " + map.get("size"));
        } else if (value instanceof Map<?, ?> map) {
            map.forEach((key, one) -> table.row(field, key + "=" + one));
        } else if (!value.toString().isEmpty()) {
            table.row(field, value.toString());
        }
    }

    private static Map<String, Object> whole(ImageStore store, StoredImage image) throws IOException {
        Map<String, Object> json = new LinkedHashMap<>(describe(store, image));
        ProcessDefaults process = image.config().process();
        json.put(
                "diffIds",
                image.config().diffIds().stream().map(Digest::toString).toList());
        Repetition repetition = store.repetition(image);
        json.put("files", repetition.files());
        json.put("fileBytes", repetition.bytes());
        json.put("repeatedFiles", repetition.repeatedFiles());
        json.put("repeatedFileBytes", repetition.repeatedBytes());
        json.put("entrypoint", process.entrypoint());
        json.put("command", process.command());
        json.put("environment", process.environment());
        json.put("user", process.user());
        json.put("workingDirectory", process.workingDirectory());
        json.put("volumes", process.volumes());
        json.put("exposedPorts", process.exposedPorts());
        json.put("labels", process.labels());
        json.put("stopSignal", process.stopSignal());
        json.put("author", image.config().author());
        return json;
    }
}
