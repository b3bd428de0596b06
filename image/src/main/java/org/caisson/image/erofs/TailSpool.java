package org.caisson.image.erofs;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.DataCalls;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;

/** Keeps small data until the inodes are written that it goes behind, in a file without a name. It is read in the order it was written in. */
final class TailSpool implements AutoCloseable {
    private static final int PIECE = 1 << 18;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(PIECE, 4096);
    private final OwnedFd file;
    private final ImageOutput out;

    private long read;
    private int at;
    private int filled;

    private TailSpool(OwnedFd file) {
        this.file = file;
        this.out = new ImageOutput(file, Long.MAX_VALUE);
    }

    /** A spool in the file of an image to be written. */
    static TailSpool over(OwnedFd file) {
        return new TailSpool(file);
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
    }

    /** Ends writing; reading begins. */
    void rewind() throws IOException {
        out.finish();
    }

    /** Reads what was written next. */
    void read(byte[] target, int length) throws IOException {
        int done = 0;
        while (done < length) {
            if (at == filled) {
                fill();
            }
            int piece = Math.min(length - done, filled - at);
            MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, at, target, done, piece);
            at += piece;
            done += piece;
        }
    }

    private void fill() throws IOException {
        long count = DataCalls.pread(file.number(), buffer, 0, PIECE, read);
        if (count <= 0) {
            throw ErrnoException.ofResult(count == 0 ? -5 : count, "read small files back");
        }
        read += count;
        at = 0;
        filled = (int) count;
    }

    @Override
    public void close() {
        out.close();
        arena.close();
        file.close();
    }
}
