package org.caisson.image.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Writes an empty file from its start on, and leaves out pieces that are all zeros, which it has anyway: what unpacks to a thousand times its
 * size takes no more room than it needs.
 */
final class SparseOutput extends OutputStream {
    /** Below it the writing costs less than the looking. */
    private static final int LEAST_HOLE = 4096;

    private final FileChannel channel;
    private long position;

    SparseOutput(Path emptyFile) throws IOException {
        channel = FileChannel.open(emptyFile, StandardOpenOption.WRITE);
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (length < LEAST_HOLE || !isZero(bytes, offset, length)) {
            put(ByteBuffer.wrap(bytes, offset, length));
        }
        position += length;
    }

    private void put(ByteBuffer bytes) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /** The first byte is 0, and each is the same as the one before. */
    private static boolean isZero(byte[] bytes, int offset, int length) {
        return bytes[offset] == 0
                && Arrays.equals(bytes, offset, offset + length - 1, bytes, offset + 1, offset + length);
    }

    /** Gives the file its length, though zeros were last. */
    @Override
    public void close() throws IOException {
        try (channel) {
            if (channel.size() < position) {
                position--;
                put(ByteBuffer.allocate(1));
            }
        }
    }
}
