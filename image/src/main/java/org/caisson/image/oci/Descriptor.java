package org.caisson.image.oci;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What refers to a blob: {@code descriptor.md} of the OCI image specification.
 *
 * @param mediaType what the blob is
 * @param digest its content
 * @param size its length in bytes
 * @param annotations what more is said of it
 * @param platform for what a manifest is; null if it is not said
 */
public record Descriptor(
        String mediaType,
        Digest digest,
        long size,
        Map<String, String> annotations,
        @Nullable Platform platform) {
    /** The name in a layout. */
    public static final String REF_NAME = "org.opencontainers.image.ref.name";

    /** Copies the annotations. */
    public Descriptor {
        annotations = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
    }

    /** One of which nothing more is said. */
    public Descriptor(String mediaType, Digest digest, long size) {
        this(mediaType, digest, size, Map.of(), null);
    }

    static Descriptor of(JsonObject json) throws ImageFormatException {
        JsonObject platform = json.object("platform");
        return new Descriptor(
                json.textOrEmpty("mediaType"),
                json.digest("digest"),
                json.requiredNumber("size"),
                json.textMap("annotations"),
                platform == null ? null : Platform.of(platform));
    }

    /** The same with an annotation in place of all others. */
    public Descriptor annotated(String name, String value) {
        return new Descriptor(mediaType, digest, size, Map.of(name, value), platform);
    }

    /** The same, called another type. */
    public Descriptor withMediaType(String type) {
        return new Descriptor(type, digest, size, annotations, platform);
    }

    /** As JSON in maps. */
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("mediaType", mediaType);
        json.put("digest", digest.toString());
        json.put("size", size);
        if (!annotations.isEmpty()) {
            json.put("annotations", annotations);
        }
        if (platform != null) {
            json.put("platform", platform.json());
        }
        return json;
    }
}
