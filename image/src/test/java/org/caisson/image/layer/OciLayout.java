package org.caisson.image.layer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A directory that holds one image, named {@code test}, as the OCI image specification lays it out. */
final class OciLayout {
    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";

    private final Path directory;

    private OciLayout(Path directory) {
        this.directory = directory;
    }

    static void write(Path directory, List<byte[]> layers) throws IOException {
        new OciLayout(directory).write(layers);
    }

    private void write(List<byte[]> layers) throws IOException {
        Files.createDirectories(directory.resolve("blobs/sha256"));
        Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\": \"1.0.0\"}");
        List<String> descriptors = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (byte[] layer : layers) {
            descriptors.add(blob(LAYER, layer, ""));
            ids.add("\"sha256:" + digest(layer) + "\"");
        }
        String config =
                "{\"architecture\": \"amd64\", \"os\": \"linux\", \"config\": {}, \"rootfs\": {\"type\": \"layers\", \"diff_ids\": "
                        + ids + "}}";
        String manifest = "{\"schemaVersion\": 2, \"mediaType\": \"" + MANIFEST + "\", \"config\": "
                + blob(CONFIG, config.getBytes(StandardCharsets.UTF_8), "") + ", \"layers\": " + descriptors + "}";
        String reference = ", \"annotations\": {\"org.opencontainers.image.ref.name\": \"test\"}";
        String descriptor = blob(MANIFEST, manifest.getBytes(StandardCharsets.UTF_8), reference);
        Files.writeString(
                directory.resolve("index.json"), "{\"schemaVersion\": 2, \"manifests\": [" + descriptor + "]}");
    }

    /** Stores a blob and returns what refers to it. */
    private String blob(String type, byte[] content, String more) throws IOException {
        String digest = digest(content);
        Files.write(directory.resolve("blobs/sha256/" + digest), content);
        return "{\"mediaType\": \"" + type + "\", \"digest\": \"sha256:" + digest + "\", \"size\": " + content.length
                + more + "}";
    }

    private static String digest(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
