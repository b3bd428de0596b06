package org.caisson.image.oci;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one image consists of: {@code manifest.md}, or Docker's image manifest 2.2.
 *
 * @param config its configuration
 * @param layers its layers, the lowest first
 */
public record Manifest(Descriptor config, List<Descriptor> layers) {
    /** The longest document that is read: what registries take at least, and most at most. */
    public static final int MOST_BYTES = 4 << 20;

    /** What overlayfs can mount at once. */
    private static final int MOST_LAYERS = 500;

    /** Copies the list. */
    public Manifest {
        layers = List.copyOf(layers);
    }

    /** Reads one of a media type; {@code what} names it in messages. */
    public static Manifest parse(byte[] text, String mediaType, String what) throws ImageFormatException {
        JsonObject json = Documents.parse(text, what, mediaType, "config", "manifests");
        Descriptor config = Descriptor.of(json.requiredObject("config"));
        if (!MediaType.isConfig(config.mediaType())) {
            throw new ImageFormatException(
                    what + ": no container image: its configuration is of type " + Shown.of(config.mediaType()));
        }
        if (config.size() > MOST_BYTES) {
            throw new ImageFormatException(what + ": its configuration has " + config.size() + " bytes; more than "
                    + MOST_BYTES + " are not read");
        }
        List<Descriptor> layers = new ArrayList<>();
        for (JsonObject one : json.objects("layers")) {
            Descriptor layer = Descriptor.of(one);
            if (!MediaType.isLayer(layer.mediaType())) {
                throw new ImageFormatException(what + ": layers[" + layers.size() + "] is of type "
                        + Shown.of(layer.mediaType()) + ", which is no layer that can be unpacked");
            }
            layers.add(layer);
        }
        if (layers.size() > MOST_LAYERS) {
            throw new ImageFormatException(
                    what + " has " + layers.size() + " layers; more than " + MOST_LAYERS + " cannot be mounted");
        }
        return new Manifest(config, layers);
    }

    /** The type of a document that came without one. */
    public static String typeOf(byte[] text, String what) throws ImageFormatException {
        return Documents.type(text, what);
    }

    /** The text of an OCI manifest. */
    public byte[] toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("schemaVersion", 2);
        json.put("mediaType", MediaType.OCI_MANIFEST);
        json.put("config", config.json());
        json.put("layers", layers.stream().map(Descriptor::json).toList());
        return JsonObject.bytes(json);
    }

    /** The bytes of all layers as they are stored and sent. */
    public long size() {
        return layers.stream().mapToLong(Descriptor::size).sum();
    }
}
