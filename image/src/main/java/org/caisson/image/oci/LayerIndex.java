package org.caisson.image.oci;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Where a layer's blob has a table of contents, by which its files can be fetched one by one; told by the annotations of its descriptor.
 *
 * @param kind of what kind blob and table are
 * @param checksum of the table: eStargz, of its plain text; zstd:chunked, of its compressed bytes
 * @param position where in the blob the table begins; -1 if the blob's end tells
 * @param length how many bytes it has there
 * @param plainLength how many bytes its text has
 */
public record LayerIndex(Kind kind, Digest checksum, long position, long length, long plainLength) {
    private static final String ESTARGZ_DIGEST = "containerd.io/snapshot/stargz/toc.digest";
    private static final String CHUNKED_CHECKSUM = "io.github.containers.zstd-chunked.manifest-checksum";
    private static final String CHUNKED_POSITION = "io.github.containers.zstd-chunked.manifest-position";

    /** The kinds that are known. */
    public enum Kind {
        /** A gzip member for each piece of a file, and a table in the last one. */
        ESTARGZ,
        /** A zstd frame for each piece of a file, and a table in a skippable frame. */
        ZSTD_CHUNKED
    }

    /** What a descriptor tells; null if it tells nothing that makes sense. */
    public static @Nullable LayerIndex of(Descriptor blob) {
        try {
            String estargz = blob.annotations().get(ESTARGZ_DIGEST);
            if (estargz != null) {
                return new LayerIndex(Kind.ESTARGZ, Digest.parse(estargz), -1, -1, -1);
            }
            String checksum = blob.annotations().get(CHUNKED_CHECKSUM);
            String place = blob.annotations().get(CHUNKED_POSITION);
            if (checksum == null || place == null || !place.matches("[0-9]{1,18}:[0-9]{1,18}:[0-9]{1,18}:1")) {
                return null;
            }
            String[] numbers = place.split(":", -1);
            return new LayerIndex(
                    Kind.ZSTD_CHUNKED,
                    Digest.parse(checksum),
                    Long.parseLong(numbers[0]),
                    Long.parseLong(numbers[1]),
                    Long.parseLong(numbers[2]));
        } catch (ImageFormatException e) {
            return null;
        }
    }

    /** By what the parts of a layer are kept: the blob and the table that was promised with it. Null if there is no table. */
    public static @Nullable Digest key(Descriptor blob) {
        LayerIndex index = of(blob);
        return index == null
                ? null
                : Digest.of((blob.digest() + "\n" + index.kind + "\n" + index.checksum + "\n" + index.position)
                        .getBytes(StandardCharsets.US_ASCII));
    }
}
