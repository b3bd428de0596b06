package org.caisson.image.lazy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.JsonObject;
import org.caisson.image.oci.MediaType;
import org.caisson.image.oci.Platform;

/** A layout with one image of one eStargz layer, {@code image:test}. */
record LazyImage(Path layout, Digest blob, Digest diffId) {
    static LazyImage of(Path in, EstargzLayer layer) throws IOException {
        byte[] blob = layer.finish();
        return of(in, blob, layer.diffId(), layer.tableDigest());
    }

    static LazyImage of(Path in, byte[] blob, Digest diffId, Digest table) throws IOException {
        Path layout = in.resolve("image");
        Files.createDirectories(layout.resolve("blobs/sha256"));
        Digest layer = put(layout, blob);
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("architecture", Platform.host().architecture());
        config.put("os", "linux");
        config.put("config", Map.of("Cmd", List.of("/bin/sh")));
        config.put("rootfs", Map.of("type", "layers", "diff_ids", List.of(diffId.toString())));
        byte[] configText = JsonObject.bytes(config);
        Map<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("schemaVersion", 2L);
        manifest.put("mediaType", MediaType.OCI_MANIFEST);
        manifest.put("config", descriptor(MediaType.OCI_CONFIG, put(layout, configText), configText.length, Map.of()));
        manifest.put(
                "layers",
                List.of(descriptor(
                        MediaType.OCI_LAYER_GZIP,
                        layer,
                        blob.length,
                        Map.of("containerd.io/snapshot/stargz/toc.digest", table.toString()))));
        byte[] manifestText = JsonObject.bytes(manifest);
        Map<String, Object> entry = descriptor(
                MediaType.OCI_MANIFEST,
                put(layout, manifestText),
                manifestText.length,
                Map.of("org.opencontainers.image.ref.name", "test"));
        Files.write(
                layout.resolve("index.json"),
                JsonObject.bytes(Map.of("schemaVersion", 2L, "manifests", List.of(entry))));
        Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        return new LazyImage(layout, layer, diffId);
    }

    private static Digest put(Path layout, byte[] content) throws IOException {
        Digest digest = Digest.of(content);
        Files.write(layout.resolve("blobs/sha256").resolve(digest.hex()), content);
        return digest;
    }

    private static Map<String, Object> descriptor(
            String type, Digest digest, long size, Map<String, Object> annotations) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("mediaType", type);
        json.put("digest", digest.toString());
        json.put("size", size);
        if (!annotations.isEmpty()) {
            json.put("annotations", annotations);
        }
        return json;
    }

    static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
