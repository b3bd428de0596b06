package org.caisson.image.lazy;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which chunks an outline has. A chunk's number goes into the journal only when its data are on the disk, so that after a crash nothing
 * counts that is not there; several processes append to one journal, and read what others appended.
 */
final class Arrivals implements Closeable {
    private static final int RECORD = Integer.BYTES;
    private static final int PIECE = 64 * 1024;

    private final int count;
    private final AtomicLongArray present;
    private final FileChannel outline;
    private final FileChannel journal;

    /** What is in the outline and not yet in the journal. Guarded by itself, as is the next; after this object's monitor. */
    private final List<Integer> waiting = new ArrayList<>();

    private long read;

    /** {@code outline} stays the caller's. */
    Arrivals(int count, FileChannel outline, Path file) throws IOException {
        this.count = count;
        this.outline = outline;
        present = new AtomicLongArray((count + 63) / 64);
        journal = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        refresh();
    }

    boolean has(int chunk) {
        return (present.get(chunk >>> 6) & 1L << chunk) != 0;
    }

    private void set(int chunk) {
        present.getAndUpdate(chunk >>> 6, word -> word | 1L << chunk);
    }

    /** A chunk's data were written into the outline. */
    void add(int chunk) {
        synchronized (waiting) {
            waiting.add(chunk);
            set(chunk);
        }
    }

    /** Takes in what other processes appended. */
    void refresh() throws IOException {
        synchronized (waiting) {
            ByteBuffer buffer = ByteBuffer.allocate(PIECE);
            while (true) {
                buffer.clear();
                int got = journal.read(buffer, read);
                if (got < RECORD) {
                    return;
                }
                buffer.flip();
                while (buffer.remaining() >= RECORD) {
                    // One more than the number: zeros are what a crash leaves where nothing was written.
                    int chunk = buffer.getInt() - 1;
                    if (chunk >= 0 && chunk < count) {
                        set(chunk);
                    }
                    read += RECORD;
                }
            }
        }
    }

    /** Has what was added survive a crash. Nobody who adds waits for the disk. */
    synchronized void flush() throws IOException {
        ByteBuffer buffer;
        synchronized (waiting) {
            if (waiting.isEmpty()) {
                return;
            }
            buffer = ByteBuffer.allocate(waiting.size() * RECORD);
            waiting.forEach(chunk -> buffer.putInt(chunk + 1));
            waiting.clear();
        }
        outline.force(false);
        append(buffer.flip());
    }

    private void append(ByteBuffer records) throws IOException {
        try (java.nio.channels.FileLock _ = journal.lock()) {
            // What was cut off when a process died is written over.
            long end = journal.size() / RECORD * RECORD;
            while (records.hasRemaining()) {
                end += journal.write(records, end);
            }
            journal.force(false);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            flush();
        } finally {
            journal.close();
        }
    }
}
