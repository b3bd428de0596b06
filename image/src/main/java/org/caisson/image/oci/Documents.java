package org.caisson.image.oci;

/** What indexes and manifests have in common. */
final class Documents {
    private Documents() {}

    /** Reads a document and checks what it says it is: its type, if any, agrees with how it came and what is in it. */
    static JsonObject parse(byte[] text, String what, String expectedType, String mustHave, String mustNotHave)
            throws ImageFormatException {
        JsonObject json = JsonObject.parse(text, what, Manifest.MOST_BYTES);
        if (json.requiredNumber("schemaVersion") != 2) {
            throw new ImageFormatException(
                    what
                            + ": its schemaVersion is not 2; images of Docker's first manifest format cannot be used: push the image anew");
        }
        String type = json.text("mediaType");
        if (type != null && !type.equals(expectedType)) {
            throw new ImageFormatException(
                    what + ": it says to be " + Shown.of(type) + " and came as " + Shown.of(expectedType));
        }
        // Else one text could be a manifest to one program and an index to another.
        if (!json.has(mustHave) || json.has(mustNotHave)) {
            throw new ImageFormatException(
                    what + ": " + Shown.of(expectedType) + " has " + mustHave + " and no " + mustNotHave);
        }
        return json;
    }

    /** What a document is that came without a type: by itself, or by what is in it. */
    static String type(byte[] text, String what) throws ImageFormatException {
        JsonObject json = JsonObject.parse(text, what, Manifest.MOST_BYTES);
        String type = json.text("mediaType");
        if (type != null) {
            return type;
        }
        return json.has("manifests") ? MediaType.OCI_INDEX : MediaType.OCI_MANIFEST;
    }
}
