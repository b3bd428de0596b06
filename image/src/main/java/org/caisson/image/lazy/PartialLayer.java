package org.caisson.image.lazy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.registry.RegistryException;
import org.caisson.image.source.RangeSource;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.FileSystemLog;
import org.caisson.vfs.erofs.Arrival;
import org.caisson.vfs.erofs.ErofsFileSystem;

/** A layer whose tree is there and whose data come when they are read. Who waits for the same data waits for one fetch. */
public final class PartialLayer implements Arrival, AutoCloseable {
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 2_000;
    private static final long STAYS_GIVEN_UP = TimeUnit.SECONDS.toNanos(1);

    /** So often a chunk is asked for that comes with other content: a registry behind several hosts may have one that is damaged. */
    private static final int MOST_BAD = 2;

    private final Path directory;
    private final PartsRecord about;
    private final ChunkTable table;
    private final Chunks chunks;
    private final Budget budget;
    private final FileChannel outline;
    private final Arrivals arrivals;
    private final FirstReads firstReads;
    private final PartsLog log;
    private final Duration patience;
    private final Priority priority;
    private final Executor fetchers;
    private final ErofsFileSystem tree;
    private final Map<Integer, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

    /** When chunks were given up, of {@link System#nanoTime}: the kernel asks a second time when it could not read ahead. */
    private final Map<Integer, Long> givenUp = new ConcurrentHashMap<>();

    /**
     * How a layer is filled.
     *
     * @param source where its blob is
     * @param patience how long a reader waits at most
     * @param fetchers who fetch what readers wait for
     */
    record Means(RangeSource source, Duration patience, Executor fetchers, Priority priority, Budget budget) {}

    private PartialLayer(Path directory, PartsRecord about, Means means, PartsLog log) throws IOException {
        this.directory = directory;
        this.about = about;
        this.log = log;
        patience = means.patience;
        priority = means.priority;
        fetchers = means.fetchers;
        table = ChunkTable.open(directory.resolve("chunks"));
        chunks = new Chunks(about, table, directory, means.source);
        budget = means.budget;
        firstReads = new FirstReads(table.count());
        Path file = directory.resolve("outline");
        outline = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try (OwnedFd descriptor = org.caisson.linux.FileCalls.open(file.toString(), OpenFlags.O_RDONLY)) {
            arrivals = new Arrivals(table.count(), outline, directory.resolve("arrived"));
            tree = ErofsFileSystem.open(descriptor, this, new FileSystemLog());
        } catch (IOException | RuntimeException e) {
            outline.close();
            table.close();
            throw e;
        }
    }

    static PartialLayer open(Path directory, PartsRecord about, Means means, PartsLog log) throws IOException {
        return new PartialLayer(directory, about, means, log);
    }

    /** Its tree, which is this object's. */
    public ErofsFileSystem fileSystem() {
        return tree;
    }

    Path directory() {
        return directory;
    }

    PartsRecord about() {
        return about;
    }

    FirstReads firstReads() {
        return firstReads;
    }

    int count() {
        return table.count();
    }

    /** Fetches a chunk that nobody waits for, unless it is there. */
    void prefetch(int chunk) throws IOException {
        if (!arrivals.has(chunk)) {
            store(chunk);
        }
    }

    void flush() throws IOException {
        arrivals.flush();
    }

    @Override
    public void await(long position, long length) throws ErrnoException {
        Map<Integer, CompletableFuture<Void>> awaited = null;
        for (int chunk = table.firstEndingAfter(position);
                chunk < table.count() && table.place(chunk) < position + length;
                chunk++) {
            firstReads.note(chunk);
            if (!arrivals.has(chunk)) {
                awaited = awaited == null ? new LinkedHashMap<>() : awaited;
                awaited.put(chunk, demand(chunk));
            }
        }
        if (awaited != null) {
            await(awaited);
        }
    }

    private void await(Map<Integer, CompletableFuture<Void>> awaited) throws ErrnoException {
        long deadline = System.nanoTime() + patience.toNanos();
        int waitsFor = -1;
        try {
            for (Map.Entry<Integer, CompletableFuture<Void>> one : awaited.entrySet()) {
                waitsFor = one.getKey();
                one.getValue().get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            throw Errno.EINTR.exception();
        } catch (TimeoutException e) {
            givenUp.put(waitsFor, System.nanoTime());
            log.add("layer " + about.blob().digest().brief() + ": a reader waited for " + patience.toSeconds()
                    + " s in vain, and got EIO");
            throw Errno.EIO.exception();
        } catch (ExecutionException e) {
            givenUp.put(waitsFor, System.nanoTime());
            throw Errno.EIO.exception();
        }
    }

    private CompletableFuture<Void> demand(int chunk) throws ErrnoException {
        Long since = givenUp.get(chunk);
        if (since != null && System.nanoTime() - since < STAYS_GIVEN_UP) {
            throw Errno.EIO.exception();
        }
        CompletableFuture<Void> mine = new CompletableFuture<>();
        CompletableFuture<Void> other = underWay.putIfAbsent(chunk, mine);
        if (other != null) {
            return other;
        }
        priority.begin();
        try {
            fetchers.execute(() -> {
                try {
                    fetch(chunk);
                    underWay.remove(chunk);
                    mine.complete(null);
                } catch (IOException | RuntimeException | Error e) {
                    underWay.remove(chunk);
                    mine.completeExceptionally(e);
                } finally {
                    priority.end();
                }
            });
        } catch (java.util.concurrent.RejectedExecutionException e) {
            // The layer is being closed.
            underWay.remove(chunk);
            priority.end();
            mine.completeExceptionally(e);
        }
        return mine;
    }

    /** Gets a chunk, for as long as somebody may wait for it. */
    private void fetch(int chunk) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        long pause = FIRST_PAUSE_MILLIS;
        int bad = 0;
        while (true) {
            arrivals.refresh();
            if (arrivals.has(chunk)) {
                return;
            }
            try {
                store(chunk);
                return;
            } catch (InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                boolean wrong = e instanceof ImageFormatException && ++bad == MOST_BAD;
                boolean refused = e instanceof RegistryException answer && !answer.isTemporary();
                boolean late = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pause) > deadline;
                if (wrong || refused || late || !(e instanceof ImageException)) {
                    log.add("layer " + about.blob().digest().brief() + ": chunk " + chunk + " (bytes "
                            + table.start(chunk) + "-" + (table.end(chunk) - 1)
                            + " of its blob): " + e.getMessage());
                    throw e;
                }
                sleep(pause);
                pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
            }
        }
    }

    private static void sleep(long millis) throws InterruptedIOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    private void store(int chunk) throws IOException {
        try (Budget.Share _ = budget.take((long) table.length(chunk) + table.blobLength(chunk))) {
            ByteBuffer bytes = ByteBuffer.wrap(chunks.plain(chunk));
            while (bytes.hasRemaining()) {
                outline.write(bytes, table.place(chunk) + bytes.position());
            }
            arrivals.add(chunk);
        }
    }

    @Override
    public void close() throws IOException {
        tree.close();
        try {
            arrivals.close();
        } finally {
            outline.close();
            table.close();
        }
    }
}
