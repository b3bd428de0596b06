package org.caisson.vfs.pipe;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;

/** A caller's memory, in one piece or several, on its way into or out of a pipe. */
final class Transfer {
    /** MAX_RW_COUNT of {@code linux/fs.h}: more is moved by no call. */
    private static final long MOST = 0x7ffff000L;
    /** UIO_MAXIOV */
    private static final int MOST_PIECES = 1024;

    private final List<MemorySegment> pieces;
    private final long total;
    private int piece;
    private long at;
    private long done;

    private Transfer(List<MemorySegment> pieces, long total) {
        this.pieces = pieces;
        this.total = Math.min(total, MOST);
    }

    static Transfer of(MemorySegment memory) {
        return new Transfer(List.of(memory), memory.byteSize());
    }

    /** EINVAL for more than 1024 pieces or a length beyond that of a file. */
    static Transfer of(List<MemorySegment> pieces) throws ErrnoException {
        if (pieces.size() > MOST_PIECES) {
            throw Errno.EINVAL.exception();
        }
        long total = 0;
        for (MemorySegment piece : pieces) {
            total += piece.byteSize();
            if (total < 0) {
                throw Errno.EINVAL.exception();
            }
        }
        return new Transfer(pieces, total);
    }

    long left() {
        return total - done;
    }

    long done() {
        return done;
    }

    void copyTo(MemorySegment page, int offset, int length) {
        move(page, offset, length, true);
    }

    void copyFrom(MemorySegment page, int offset, int length) {
        move(page, offset, length, false);
    }

    private void move(MemorySegment page, int offset, int length, boolean toPage) {
        int moved = 0;
        while (moved < length) {
            MemorySegment memory = pieces.get(piece);
            int chunk = (int) Math.min(length - moved, memory.byteSize() - at);
            if (toPage) {
                MemorySegment.copy(memory, at, page, offset + moved, chunk);
            } else {
                MemorySegment.copy(page, offset + moved, memory, at, chunk);
            }
            moved += chunk;
            at += chunk;
            done += chunk;
            if (at == memory.byteSize() && piece < pieces.size() - 1) {
                piece++;
                at = 0;
            }
        }
    }
}
