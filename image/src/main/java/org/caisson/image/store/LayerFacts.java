package org.caisson.image.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.JsonObject;

/** What is known of a converted layer's file: its digest and size. */
record LayerFacts(Digest digest, long size) {
    private static final int MOST_BYTES = 4096;

    /** Reads the whole file. */
    static LayerFacts of(Path layer) throws IOException {
        try (DigestReader in = new DigestReader(Files.newInputStream(layer), Digest.Algorithm.SHA256)) {
            return new LayerFacts(in.finish(), Files.size(layer));
        }
    }

    static LayerFacts read(Path facts) throws IOException {
        JsonObject json = JsonObject.parse(Files.readAllBytes(facts), facts.toString(), MOST_BYTES);
        return new LayerFacts(json.digest("digest"), json.requiredNumber("size"));
    }

    byte[] toJson() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("digest", digest.toString());
        json.put("size", size);
        return JsonObject.bytes(json);
    }
}
