package org.caisson.image.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.JsonObject;
import org.caisson.image.oci.Reference;
import org.jspecify.annotations.Nullable;

/** What a file of {@code references} says. */
record StoredName(
        Reference name, Descriptor manifest, @Nullable Digest index, Instant stored) {
    private static final int MOST_BYTES = 64 * 1024;

    static StoredName read(Path file) throws IOException {
        JsonObject json = JsonObject.parse(Files.readAllBytes(file), file.toString(), MOST_BYTES);
        JsonObject manifest = json.requiredObject("manifest");
        return new StoredName(
                Reference.parse(json.requiredText("name")),
                new Descriptor(
                        manifest.requiredText("mediaType"), manifest.digest("digest"), manifest.requiredNumber("size")),
                json.has("index") ? json.digest("index") : null,
                Instant.ofEpochSecond(json.requiredNumber("stored")));
    }

    byte[] toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", name.toString());
        json.put("manifest", new Descriptor(manifest.mediaType(), manifest.digest(), manifest.size()).json());
        if (index != null) {
            json.put("index", index.toString());
        }
        json.put("stored", stored.getEpochSecond());
        return JsonObject.bytes(json);
    }
}
