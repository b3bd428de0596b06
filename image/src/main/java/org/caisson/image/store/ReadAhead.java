package org.caisson.image.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Passes a stream on that another thread reads ahead of who reads this one, so that both work at once. What the stream fails with is told
 * where it is met. One thread reads.
 *
 * <p>Lock: its own monitor, held over the pieces that wait, never while the stream is read.
 */
final class ReadAhead extends InputStream {
    private static final int PIECE = 256 * 1024;
    private static final int MOST_PIECES = 6;

    private final InputStream source;
    private final Thread reader;

    // Guarded by the monitor.
    private final Deque<Piece> full = new ArrayDeque<>();
    private final Deque<Piece> free = new ArrayDeque<>();
    private int made;
    private boolean ended;
    private boolean closed;
    private @Nullable Throwable failure;

    /** What is being passed on; the reader's alone. */
    private @Nullable Piece present;

    private int at;

    private static final class Piece {
        final byte[] bytes = new byte[PIECE];
        int length;
    }

    /** Begins to read. The stream is this object's until it is closed, and then the caller's again, who closes it. */
    ReadAhead(InputStream source) {
        this.source = source;
        reader = new Thread(this::readAll, Thread.currentThread().getName() + " reading ahead");
        reader.setDaemon(true);
        reader.start();
    }

    private void readAll() {
        Throwable why = null;
        try {
            Piece piece = room();
            while (piece != null && fill(piece)) {
                piece = room();
            }
        } catch (IOException | RuntimeException | Error e) {
            why = e;
        }
        synchronized (this) {
            failure = why;
            ended = true;
            notifyAll();
        }
    }

    /** A piece to be filled; null if no more are wanted. */
    private synchronized @Nullable Piece room() throws InterruptedIOException {
        try {
            while (!closed && free.isEmpty() && made == MOST_PIECES) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
        if (closed) {
            return null;
        }
        if (free.isEmpty()) {
            made++;
            return new Piece();
        }
        return free.poll();
    }

    /** Fills a piece and hands it over; false at the end. What came before a failure counts. */
    private boolean fill(Piece piece) throws IOException {
        piece.length = 0;
        try {
            int count = 0;
            while (piece.length < PIECE && count >= 0) {
                count = source.read(piece.bytes, piece.length, PIECE - piece.length);
                piece.length += Math.max(count, 0);
            }
            return count >= 0;
        } finally {
            synchronized (this) {
                full.add(piece);
                notifyAll();
            }
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        Piece piece = present;
        while (piece == null || at == piece.length) {
            piece = next(piece);
            present = piece;
            at = 0;
            if (piece == null) {
                return -1;
            }
        }
        int count = Math.min(length, piece.length - at);
        System.arraycopy(piece.bytes, at, buffer, offset, count);
        at += count;
        return count;
    }

    private synchronized @Nullable Piece next(@Nullable Piece used) throws IOException {
        if (used != null) {
            free.add(used);
            notifyAll();
        }
        try {
            while (full.isEmpty() && !ended) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
        Piece piece = full.poll();
        if (piece == null && failure != null) {
            switch (failure) {
                case IOException e -> throw e;
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                default -> throw new IOException(failure);
            }
        }
        return piece;
    }

    /**
     * Ends the reading ahead; no thread is left. What is being read is waited for, unless the caller is interrupted: then so is who reads,
     * which may close what it reads from.
     */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        boolean interrupted = false;
        while (reader.isAlive()) {
            try {
                reader.join();
            } catch (InterruptedException e) {
                interrupted = true;
                reader.interrupt();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
