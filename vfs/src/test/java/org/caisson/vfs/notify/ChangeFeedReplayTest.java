package org.caisson.vfs.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads change a tree while others replay its changes: what they make of them must be the tree in the end. */
class ChangeFeedReplayTest {
    private static final int STEPS = Integer.getInteger("caisson.notify.steps", 8000);
    private static final int WRITERS = 3;

    private final MappedPageStore store = MappedPageStore.anonymous();
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private VirtualDentry root;

    @BeforeEach
    void plant() throws ErrnoException {
        root = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store))
                .root();
        vfs.mkdir(Credentials.root(), at("in"), 0755);
        vfs.mkdir(Credentials.root(), at("out"), 0755);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private PathOperation at(String path) {
        return new PathOperation().root(root).start(root).path(path);
    }

    private ChangeFeed subscribe(String path, int capacity) throws ErrnoException {
        return ChangeFeed.subscribe(vfs.lookup(Credentials.root(), at(path)), capacity);
    }

    /** Has writers at work while feeds are read. */
    private void write(long seed, Reader... readers) throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        List<Future<?>> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            RandomWriter writer = new RandomWriter(seed * 100 + i, vfs, root);
            writers.add(start(() -> {
                writer.run(STEPS);
                return null;
            }));
        }
        List<Future<?>> reading = new ArrayList<>();
        for (Reader reader : readers) {
            reading.add(start(() -> {
                reader.read(done);
                return null;
            }));
        }
        try {
            for (Future<?> writer : writers) {
                writer.get(60, TimeUnit.SECONDS);
            }
        } finally {
            done.set(true);
        }
        for (Future<?> reader : reading) {
            reader.get(60, TimeUnit.SECONDS);
        }
    }

    /** Threads that a test which fails may leave behind. */
    private static Future<?> start(Callable<?> task) {
        FutureTask<?> future = new FutureTask<>(task);
        Thread thread = new Thread(future);
        thread.setDaemon(true);
        thread.start();
        return future;
    }

    /** Reads a feed until nobody writes any more and all is read. */
    @FunctionalInterface
    private interface Reader {
        void read(AtomicBoolean done) throws Exception;
    }

    private static void replayAll(ChangeFeed feed, ReplayedTree copy, AtomicBoolean done) throws ErrnoException {
        while (true) {
            boolean last = done.get();
            Change change = feed.poll();
            if (change == null) {
                if (last) {
                    return;
                }
                Thread.onSpinWait();
            } else if (change instanceof Change.Lost) {
                copy.take(feed.snapshot());
            } else {
                copy.replay(change);
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void replayedChangesGiveTheTree(long seed) throws Exception {
        try (ChangeFeed all = subscribe("/", ChangeFeed.MAX_CAPACITY);
                ChangeFeed part = subscribe("in", ChangeFeed.MAX_CAPACITY)) {
            ReplayedTree copy = new ReplayedTree(vfs, all);
            copy.take(all.snapshot());
            ReplayedTree partCopy = new ReplayedTree(vfs, part);
            partCopy.take(part.snapshot());
            write(seed, done -> replayAll(all, copy, done), done -> replayAll(part, partCopy, done));
            assertThat(copy.differences()).isEmpty();
            assertThat(partCopy.differences()).isEmpty();
        }
    }

    /** Changes are under way when the first feed comes, and the file system has told of none of them. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {11, 12, 13})
    void aSubscriberWhoComesLaterMissesNothing(long seed) throws Exception {
        List<String> differences = new ArrayList<>();
        write(seed, done -> {
            int rounds = 0;
            boolean last = false;
            while (!last) {
                rounds++;
                try (ChangeFeed feed = subscribe("in", ChangeFeed.MAX_CAPACITY)) {
                    ReplayedTree copy = new ReplayedTree(vfs, feed);
                    copy.take(feed.snapshot());
                    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(5L * rounds);
                    AtomicBoolean enough = new AtomicBoolean();
                    while (!last && System.nanoTime() - end < 0) {
                        Change change = feed.poll();
                        if (change != null) {
                            copy.replay(change);
                        }
                        last = done.get();
                    }
                    if (last) {
                        enough.set(true);
                        replayAll(feed, copy, enough);
                        differences.addAll(copy.differences());
                    }
                }
            }
        });
        assertThat(differences).isEmpty();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {21, 22})
    void aSubscriberWhoIsLateGoesOnFromASnapshot(long seed) throws Exception {
        try (ChangeFeed feed = subscribe("in", 50)) {
            ReplayedTree copy = new ReplayedTree(vfs, feed);
            copy.take(feed.snapshot());
            write(seed, done -> replayAll(feed, copy, done));
            assertThat(copy.differences()).isEmpty();
        }
    }
}
