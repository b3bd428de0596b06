package org.caisson.image.store;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.caisson.image.oci.MediaType;

/** How a layer is compressed. Its first bytes tell; the type that a manifest gives it is often wrong. */
public enum Decompression {
    NONE,
    GZIP,
    ZSTD;

    private static final int BUFFER = 128 * 1024;
    private static final int MAGIC_LENGTH = 4;

    /** The plain bytes of a stream. Several gzip members or zstd frames one after the other are one stream. */
    public static InputStream plain(InputStream compressed) throws IOException {
        BufferedInputStream buffered = buffer(compressed);
        return of(buffered).open(buffered);
    }

    /** A stream whose beginning can be looked at. */
    static BufferedInputStream buffer(InputStream compressed) {
        return new BufferedInputStream(compressed, BUFFER);
    }

    /** The plain bytes of what is compressed so. */
    InputStream open(BufferedInputStream compressed) throws IOException {
        return switch (this) {
            case NONE -> compressed;
            case GZIP ->
                GzipCompressorInputStream.builder()
                        .setInputStream(compressed)
                        .setDecompressConcatenated(true)
                        .get();
            case ZSTD -> new ZstdInputStreamNoFinalizer(compressed);
        };
    }

    /** What a layer that is compressed so is called. */
    String layerType() {
        return switch (this) {
            case NONE -> MediaType.OCI_LAYER;
            case GZIP -> MediaType.OCI_LAYER_GZIP;
            case ZSTD -> MediaType.OCI_LAYER_ZSTD;
        };
    }

    /** What a stream begins with, without taking it. */
    public static Decompression of(BufferedInputStream stream) throws IOException {
        stream.mark(MAGIC_LENGTH);
        byte[] magic = stream.readNBytes(MAGIC_LENGTH);
        stream.reset();
        if (magic.length >= 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b) {
            return GZIP;
        }
        boolean zstd = magic.length == MAGIC_LENGTH
                && (magic[1] & 0xff) == 0xb5
                && (magic[2] & 0xff) == 0x2f
                && (magic[3] & 0xff) == 0xfd;
        return zstd && (magic[0] & 0xff) == 0x28 ? ZSTD : NONE;
    }
}
