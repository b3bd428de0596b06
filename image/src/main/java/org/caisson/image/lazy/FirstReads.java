package org.caisson.image.lazy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** In what order the chunks of a layer are first asked for, kept for when the layer comes again. */
final class FirstReads {
    /** Later ones than these do not make a start any faster. */
    private static final int MOST = 1 << 16;

    private final AtomicIntegerArray seen;

    /** Guarded by itself. */
    private final List<Integer> order = new ArrayList<>();

    FirstReads(int count) {
        seen = new AtomicIntegerArray((count + 31) / 32);
    }

    /** Somebody asks for a chunk. */
    void note(int chunk) {
        int bit = 1 << chunk;
        if ((seen.get(chunk >>> 5) & bit) == 0 && (seen.getAndUpdate(chunk >>> 5, word -> word | bit) & bit) == 0) {
            synchronized (order) {
                if (order.size() < MOST) {
                    order.add(chunk);
                }
            }
        }
    }

    /** Replaces the list of the last run, unless nothing was asked for; by way of a file in a directory of the same file system. */
    void write(Path file, Path directory) throws IOException {
        ByteBuffer bytes;
        synchronized (order) {
            if (order.isEmpty()) {
                return;
            }
            bytes = ByteBuffer.allocate(order.size() * Integer.BYTES);
            order.forEach(bytes::putInt);
        }
        Path fresh = Files.createTempFile(directory, "first", "");
        try {
            Files.write(fresh, bytes.array());
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /** The list of the last run; a hint, of which nothing depends. */
    static int[] read(Path file, int count) throws IOException {
        try {
            if (Files.size(file) > (long) MOST * Integer.BYTES) {
                return new int[0];
            }
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
            int[] order = new int[bytes.remaining() / Integer.BYTES];
            bytes.asIntBuffer().get(order);
            return Arrays.stream(order)
                    .filter(chunk -> chunk >= 0 && chunk < count)
                    .toArray();
        } catch (NoSuchFileException e) {
            return new int[0];
        }
    }
}
