package org.caisson.image.oci;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
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

    /** How the annotations of zstd:chunked begin, now and at first. */
    private static final List<String> CHUNKED =
            List.of("io.github.containers.zstd-chunked.", "io.containers.zstd-chunked.");

    /** Position, length and plain length of a table of the first kind. */
    private static final Pattern PLACE = Pattern.compile("[0-9]{1,18}:[0-9]{1,18}:[0-9]{1,18}:1");

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
            for (String prefix : CHUNKED) {
                String checksum = blob.annotations().get(prefix + "manifest-checksum");
                String place = blob.annotations().get(prefix + "manifest-position");
                if (checksum != null && place != null && PLACE.matcher(place).matches()) {
                    return chunked(Digest.parse(checksum), place.split(":", -1));
                }
            }
            return null;
        } catch (ImageFormatException e) {
            return null;
        }
    }

    private static LayerIndex chunked(Digest checksum, String[] place) {
        return new LayerIndex(
                Kind.ZSTD_CHUNKED,
                checksum,
                Long.parseLong(place[0]),
                Long.parseLong(place[1]),
                Long.parseLong(place[2]));
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
