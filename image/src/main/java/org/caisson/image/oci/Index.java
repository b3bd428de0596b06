package org.caisson.image.oci;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A list of manifests, one for each platform: {@code image-index.md}, or Docker's manifest list.
 *
 * @param manifests in its order
 */
public record Index(List<Descriptor> manifests) {
    private static final int MOST_MANIFESTS = 10_000;

    /** Copies the list. */
    public Index {
        manifests = List.copyOf(manifests);
    }

    /** Reads one of a media type; {@code what} names it in messages. */
    public static Index parse(byte[] text, String mediaType, String what) throws ImageFormatException {
        JsonObject json = Documents.parse(text, what, mediaType, "manifests", "layers");
        List<Descriptor> manifests = new ArrayList<>();
        for (JsonObject one : json.objects("manifests")) {
            manifests.add(Descriptor.of(one));
        }
        if (manifests.size() > MOST_MANIFESTS) {
            throw new ImageFormatException(what + " lists more than " + MOST_MANIFESTS + " manifests");
        }
        return new Index(manifests);
    }

    /** The text of an index. */
    public byte[] toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("schemaVersion", 2);
        json.put("mediaType", MediaType.OCI_INDEX);
        json.put("manifests", manifests.stream().map(Descriptor::json).toList());
        return JsonObject.bytes(json);
    }

    /** What suits a platform best, the first of equals; null if nothing does. What is for no platform at all suits least. */
    public @Nullable Descriptor select(Platform platform) {
        Descriptor best = null;
        int suits = 0;
        for (Descriptor one : manifests) {
            Platform its = one.platform();
            int how = its == null ? 0 : 1 + platform.suits(its);
            if (its == null || how > 1) {
                if (best == null || how > suits) {
                    best = one;
                    suits = how;
                }
            }
        }
        return best;
    }
}
