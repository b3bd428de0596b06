package org.caisson.vfs.pipe;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;

/** A caller's memory, in one piece or several, on its way into or out of a pipe. Reused, by one operation at a time. */
final class Transfer {
    /** MAX_RW_COUNT of {@code linux/fs.h}: more is moved by no call. */
    private static final long MOST = 0x7ffff000L;
    /** UIO_MAXIOV */
    private static final int MOST_PIECES = 1024;

    private static final List<MemorySegment> NONE = List.of();

    /** The piece in hand, and those that follow it. */
    private MemorySegment memory = MemorySegment.NULL;

    private List<MemorySegment> pieces = NONE;
    private int next;
    private long at;
    private long total;
    private long done;

    /** One piece. */
    Transfer begin(MemorySegment whole) {
        memory = whole;
        pieces = NONE;
        return begin(whole.byteSize());
    }

    /** Several pieces, one after the other. EINVAL for more than 1024 or a length beyond that of a file. */
    Transfer begin(List<MemorySegment> some) throws ErrnoException {
        if (some.size() > MOST_PIECES) {
            throw Errno.EINVAL.exception();
        }
        long length = 0;
        for (int i = 0; i < some.size(); i++) {
            length += some.get(i).byteSize();
            if (length < 0) {
                throw Errno.EINVAL.exception();
            }
        }
        memory = MemorySegment.NULL;
        pieces = some;
        return begin(length);
    }

    private Transfer begin(long length) {
        next = 0;
        at = 0;
        done = 0;
        total = Math.min(length, MOST);
        return this;
    }

    /** Lets go of the caller's memory. */
    void end() {
        memory = MemorySegment.NULL;
        pieces = NONE;
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
            if (at == memory.byteSize()) {
                memory = pieces.get(next++);
                at = 0;
            }
            int chunk = (int) Math.min(length - moved, memory.byteSize() - at);
            if (toPage) {
                MemorySegment.copy(memory, at, page, offset + moved, chunk);
            } else {
                MemorySegment.copy(page, offset + moved, memory, at, chunk);
            }
            moved += chunk;
            at += chunk;
            done += chunk;
        }
    }
}
