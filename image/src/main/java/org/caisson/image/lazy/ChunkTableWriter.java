package org.caisson.image.lazy;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.image.oci.ImageFormatException;

/** Writes the file of a {@link ChunkTable}. */
final class ChunkTableWriter implements Closeable {
    private static final int MOST = 1 << 24;

    private final Path file;
    private final DataOutputStream out;
    private int count;
    private long end;

    ChunkTableWriter(Path file) throws IOException {
        this.file = file;
        out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16));
        out.writeLong(ChunkTable.MAGIC);
        out.writeLong(0);
    }

    /** Adds a piece, behind all others in the outline. */
    void add(long place, int length, long start, int blobLength, int inner, byte[] hash) throws IOException {
        if (count == MOST || place < end) {
            throw new ImageFormatException("its table of contents has too many pieces, or some that overlap");
        }
        count++;
        end = place + length;
        out.writeLong(place);
        out.writeLong(start);
        out.writeInt(length);
        out.writeInt(blobLength);
        out.writeInt(inner);
        out.writeInt(0);
        out.write(hash, 0, ChunkTable.HASH);
    }

    /** Completes the file. */
    void finish() throws IOException {
        out.flush();
        try (RandomAccessFile written = new RandomAccessFile(file.toFile(), "rw")) {
            written.seek(Long.BYTES);
            written.writeInt(count);
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
