package org.caisson.image.store;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/** How a layer is compressed. Its first bytes tell; the type that a manifest gives it is often wrong. */
public enum Decompression {
    NONE,
    GZIP,
    ZSTD;

    private static final int BUFFER = 128 * 1024;
    private static final int MAGIC_LENGTH = 4;

    /** The plain bytes of a stream. Several gzip members or zstd frames one after the other are one stream. */
    public static InputStream plain(InputStream compressed) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(compressed, BUFFER);
        return switch (of(buffered)) {
            case NONE -> buffered;
            case GZIP -> GzipCompressorInputStream.builder()
                        .setInputStream(buffered)
                        .setDecompressConcatenated(true)
                        .get();
            case ZSTD -> new ZstdInputStreamNoFinalizer(buffered);
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
