package org.caisson.image.lazy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.JsonObject;
import org.caisson.image.oci.LayerIndex;
import org.caisson.image.oci.Reference;
import org.caisson.image.registry.RegistryOptions;

/**
 * What is known of a layer of which only parts have come.
 *
 * @param blob its blob, without annotations
 * @param kind how that is compressed
 * @param from an image that it belongs to, in whose repository it is
 * @param options of which the mirrors and what is said of certificates are kept
 */
record PartsRecord(Descriptor blob, LayerIndex.Kind kind, Reference from, RegistryOptions options) {
    static final String NAME = "about";
    private static final int MOST_BYTES = 64 * 1024;

    static PartsRecord read(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        JsonObject json = JsonObject.parse(Files.readAllBytes(file), file.toString(), MOST_BYTES);
        return new PartsRecord(
                new Descriptor(json.requiredText("mediaType"), json.digest("digest"), json.requiredNumber("size")),
                json.flag("zstd") ? LayerIndex.Kind.ZSTD_CHUNKED : LayerIndex.Kind.ESTARGZ,
                Reference.parse(json.requiredText("from")),
                options(json));
    }

    private static RegistryOptions options(JsonObject json) throws IOException {
        Map<String, List<String>> mirrors = new LinkedHashMap<>();
        JsonObject told = json.requiredObject("mirrors");
        for (String registry : told.names()) {
            mirrors.put(registry, told.texts(registry));
        }
        String authority = json.text("tlsCa");
        return RegistryOptions.DEFAULT
                .withMirrors(mirrors)
                .withTls(authority == null ? null : Path.of(authority), json.flag("tlsVerify"));
    }

    void write(Path directory) throws IOException {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("mediaType", blob.mediaType());
        json.put("digest", blob.digest().toString());
        json.put("size", blob.size());
        json.put("zstd", kind == LayerIndex.Kind.ZSTD_CHUNKED);
        json.put("from", from.toString());
        json.put("mirrors", options.mirrors());
        if (options.authority() != null) {
            json.put("tlsCa", options.authority().toString());
        }
        json.put("tlsVerify", options.verify());
        Files.write(directory.resolve(NAME), JsonObject.bytes(json));
    }
}
