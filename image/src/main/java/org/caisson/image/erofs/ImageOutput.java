package org.caisson.image.erofs;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.DataCalls;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;

/** Writes a file from its start on, in large pieces. */
final class ImageOutput implements AutoCloseable {
    private static final int PIECE = 1 << 20;

    /** So much is written before the disk begins with it: it is busy meanwhile, and little is left for the one who waits for it at the end. */
    private static final long WRITE_BACK = 8 << 20;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(PIECE, 4096);
    private final MemorySegment zeros = arena.allocate(PIECE, 4096);
    private final int fd;
    private final long limit;

    /** Where in the file the buffer goes. */
    private long start;

    private int used;

    /** Up to where the disk has begun. */
    private long begun;

    /** Whether what is skipped takes no room on the disk. */
    private boolean holes;

    /**
     * Writes to an open file, which is not closed.
     *
     * @param limit what the file may be as long as, in bytes
     */
    ImageOutput(OwnedFd file, long limit) {
        fd = file.number();
        this.limit = limit;
    }

    /** Where the next byte goes. */
    long position() {
        return start + used;
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            if (used == PIECE) {
                flush();
            }
            int piece = Math.min(length - done, PIECE - used);
            MemorySegment.copy(bytes, offset + done, buffer, ValueLayout.JAVA_BYTE, used, piece);
            used += piece;
            done += piece;
        }
        requireRoom();
    }

    private void requireRoom() throws ErofsFormatException {
        if (position() > limit) {
            throw new ErofsFormatException("the image is larger than " + limit + " bytes");
        }
    }

    /** From now on, leaves what is skipped out of the file, by the block. */
    void leaveHoles() {
        holes = true;
    }

    /** Leaves zeros: those of the file itself, which was empty. */
    void skip(long count) throws IOException {
        boolean leave = holes && (used == 0 || count >= ErofsWriter.BLOCK);
        if (!leave && count <= PIECE - used) {
            buffer.asSlice(used, count).fill((byte) 0);
            used += (int) count;
        } else {
            flush();
            start += count;
        }
        requireRoom();
    }

    /** Goes back to where it was before: what was written from there on is forgotten. */
    void rewind(long position) throws IOException {
        if (position >= start) {
            used = (int) (position - start);
            return;
        }
        start = position;
        used = 0;
        begun = Math.min(begun, start);
        int outcome = DataCalls.ftruncate(fd, start);
        if (outcome < 0) {
            throw ErrnoException.ofResult(outcome, "write the image");
        }
    }

    /** Goes on at a multiple of a power of two. */
    void align(int unit) throws IOException {
        skip(-position() & (unit - 1));
    }

    /** What is all zeros is left out, too. */
    void flush() throws IOException {
        if (MemorySegment.mismatch(buffer, 0, used, zeros, 0, used) >= 0) {
            writeAt(fd, buffer, used, start);
        }
        start += used;
        used = 0;
        if (start - begun >= WRITE_BACK) {
            // Some file systems cannot; whoever needs the file on the disk synchronizes it all the same.
            DataCalls.beginWriteBack(fd, begun, start - begun);
            begun = start;
        }
    }

    /** Writes over what is there, behind which the next byte does not go. */
    void writeAt(byte[] bytes, long position) throws IOException {
        flush();
        MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, bytes.length);
        writeAt(fd, buffer, bytes.length, position);
    }

    static void writeAt(int fd, MemorySegment from, long length, long position) throws IOException {
        long done = 0;
        while (done < length) {
            long count = DataCalls.pwrite(fd, from, done, length - done, position + done);
            if (count < 0) {
                throw ErrnoException.ofResult(count, "write the image");
            }
            done += count;
        }
    }

    /** Ends the file where it is, even if zeros were left there. */
    void finish() throws IOException {
        flush();
        int outcome = DataCalls.ftruncate(fd, start);
        if (outcome < 0) {
            throw ErrnoException.ofResult(outcome, "write the image");
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
