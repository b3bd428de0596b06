package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.linux.Errno;
import org.caisson.linux.FdLeakCheck;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many clients at once. */
@ExtendWith(FdLeakCheck.class)
class ConcurrencyTest {
    private static final int CLIENTS = 8;
    private static final int ROUNDS = 100;

    @Test
    void clientsOfOneTreeDoNotDisturbEachOther() throws Exception {
        MemoryFileSystem fileSystem = new MemoryFileSystem();
        fileSystem.policy = new CachePolicy(0, 0, true, false);
        try (MountedTree tree = MountedTree.of(fileSystem)) {
            inParallel(CLIENTS, client -> {
                Path mine = Files.createDirectory(tree.path.resolve("client-" + client));
                Path shared = tree.path.resolve("shared");
                Random random = new Random(client);
                for (int i = 0; i < ROUNDS; i++) {
                    String text = "text " + client + " " + i;
                    Path file = mine.resolve("file-" + random.nextInt(5));
                    Files.writeString(file, text);
                    assertThat(Files.readString(file)).isEqualTo(text);
                    Files.writeString(shared, "x");
                    assertThat(Files.size(shared)).isLessThanOrEqualTo(1);
                    try (var entries = Files.list(tree.path)) {
                        assertThat(entries).contains(mine);
                    }
                    Files.delete(file);
                }
            });
            Deadline.await("no file is open", () -> tree.server.tree().handles.size() == 0);
            Deadline.await("few nodes are known", () -> {
                // It passes over what is in use at the moment.
                Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "2");
                return tree.server.tree().nodes.size() <= CLIENTS + 2;
            });
        }
    }

    @Test
    void requestsThatWaitDoNotKeepOthersFromBeingServed() throws Exception {
        int waiters = 6;
        CountDownLatch waiting = new CountDownLatch(waiters);
        CountDownLatch go = new CountDownLatch(1);
        SyntheticDirectory.Builder root = SyntheticDirectory.builder();
        root.file("quick", (caller, out) -> out.appendAscii("quick"));
        root.file("slow", (caller, out) -> {
            waiting.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw Errno.EINTR.exception();
            }
            out.appendAscii("slow");
        });
        try (MountedTree tree = MountedTree.of(SyntheticFileSystem.proc(root.build()), builder -> builder.threads(2));
                ExecutorService readers = Executors.newFixedThreadPool(waiters)) {
            List<Future<String>> results = new ArrayList<>();
            for (int i = 0; i < waiters; i++) {
                results.add(readers.submit(() -> tree.shell("cat slow")));
            }
            assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(tree.shell("cat quick")).isEqualTo("quick");
            go.countDown();
            for (Future<String> result : results) {
                assertThat(result.get(10, TimeUnit.SECONDS)).isEqualTo("slow");
            }
        }
    }

    @Test
    void aKilledReaderEndsAtOnce() throws Exception {
        CountDownLatch waiting = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        SyntheticDirectory.Builder root = SyntheticDirectory.builder();
        root.file("slow", (caller, out) -> {
            waiting.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw Errno.EINTR.exception();
            }
        });
        try (MountedTree tree = MountedTree.of(SyntheticFileSystem.proc(root.build()))) {
            Process reader = new ProcessBuilder("cat", tree.at("slow")).start();
            assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
            reader.destroy();
            assertThat(reader.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
            reader.getInputStream().close();
            reader.getErrorStream().close();
            reader.getOutputStream().close();
        }
    }

    /** More of them than the server has threads: those that are served and those that wait for their turn alike. */
    @Test
    void manyReadersThatWaitCanBeKilled() throws Exception {
        SyntheticDirectory.Builder root = SyntheticDirectory.builder();
        AtomicInteger reading = new AtomicInteger();
        root.file("slow", (caller, out) -> {
            reading.incrementAndGet();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw Errno.EINTR.exception();
            }
        });
        root.file("quick", (caller, out) -> out.appendAscii("quick"));
        try (MountedTree tree = MountedTree.of(SyntheticFileSystem.proc(root.build()), builder -> builder.threads(2))) {
            List<Process> readers = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                readers.add(cat(tree.at("slow")));
            }
            Deadline.await("all threads are busy", () -> reading.get() == 16);
            Process last = cat(tree.at("quick"));
            for (Process reader : readers) {
                reader.destroy();
            }
            for (Process reader : readers) {
                assertThat(reader.waitFor(10, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(last.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(last.exitValue()).isZero();
        }
    }

    private static Process cat(String path) throws IOException {
        return new ProcessBuilder("cat", path)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @Test
    void closingEndsRequestsThatWait() throws Exception {
        CountDownLatch waiting = new CountDownLatch(1);
        SyntheticDirectory.Builder root = SyntheticDirectory.builder();
        root.file("slow", (caller, out) -> {
            waiting.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw Errno.EINTR.exception();
            }
        });
        try (ExecutorService readers = Executors.newSingleThreadExecutor()) {
            Future<String> result;
            try (MountedTree tree = MountedTree.of(SyntheticFileSystem.proc(root.build()))) {
                result = readers.submit(() -> tree.shell("cat slow"));
                assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(result.get(10, TimeUnit.SECONDS)).startsWith("cat: slow: ");
        }
    }

    /** What one client does. */
    @FunctionalInterface
    private interface Client {
        void run(int number) throws Exception;
    }

    private static void inParallel(int clients, Client client) throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(clients)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                int number = i;
                running.add(executor.submit(() -> {
                    client.run(number);
                    return null;
                }));
            }
            for (Future<?> one : running) {
                one.get(60, TimeUnit.SECONDS);
            }
        }
    }
}
