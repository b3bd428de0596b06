package org.caisson.nio;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Moves bytes from one channel to another through a buffer. */
final class Transfer {
    private Transfer() {}

    /** Where bytes come from. */
    @FunctionalInterface
    interface Source {
        /** As of {@link java.nio.channels.ReadableByteChannel}. */
        int read(ByteBuffer buffer) throws IOException;

        /** Is told how many of the bytes read last went on. */
        default void taken(int bytes) {}
    }

    /** Where bytes go. */
    @FunctionalInterface
    interface Sink {
        /** As of {@link java.nio.channels.WritableByteChannel}. */
        int write(ByteBuffer buffer) throws IOException;
    }

    /** Moves up to a count of bytes until one side takes or has no more; a failure counts only if nothing was moved before. */
    static long copy(int bufferSize, long count, Source source, Sink sink) throws IOException {
        // Off the heap, so that the host's calls take it as it is, here and on the other side.
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(count, bufferSize));
        long moved = 0;
        try {
            while (moved < count) {
                buffer.clear().limit((int) Math.min(count - moved, buffer.capacity()));
                int got = source.read(buffer);
                if (got <= 0) {
                    return moved;
                }
                int gone = sink.write(buffer.flip());
                source.taken(gone);
                moved += gone;
                if (gone < got) {
                    return moved;
                }
            }
            return moved;
        } catch (IOException e) {
            if (moved > 0) {
                return moved;
            }
            throw e;
        }
    }
}
