package org.caisson.image.erofs;

import java.io.IOException;
import java.util.Arrays;

/** Little-endian numbers and bytes on their way to the image. */
final class MetadataBuffer {
    private static final int ENOUGH = 1 << 16;

    private final ImageOutput out;
    private byte[] bytes = new byte[2 * ENOUGH];
    private int length;

    MetadataBuffer(ImageOutput out) {
        this.out = out;
    }

    private int grow(int count) {
        if (length + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
        }
        int at = length;
        length += count;
        return at;
    }

    void u8(int value) {
        int at = grow(1);
        bytes[at] = (byte) value;
    }

    void u16(int value) {
        int at = grow(Short.BYTES);
        bytes[at] = (byte) value;
        bytes[at + 1] = (byte) (value >>> 8);
    }

    void u32(int value) {
        u16(value);
        u16(value >>> 16);
    }

    void u64(long value) {
        u32((int) value);
        u32((int) (value >>> 32));
    }

    void bytes(byte[] source) {
        bytes(source, 0, source.length);
    }

    void bytes(byte[] source, int offset, int count) {
        int at = grow(count);
        System.arraycopy(source, offset, bytes, at, count);
    }

    void zeros(int count) {
        int at = grow(count);
        Arrays.fill(bytes, at, at + count, (byte) 0);
    }

    /** Sends what there is, if it is worth it. */
    void drain() throws IOException {
        if (length >= ENOUGH) {
            flush();
        }
    }

    /** Sends all that there is. */
    void flush() throws IOException {
        out.write(bytes, 0, length);
        length = 0;
    }
}
