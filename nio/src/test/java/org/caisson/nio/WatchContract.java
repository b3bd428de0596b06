package org.caisson.nio;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;
import static java.nio.file.StandardWatchEventKinds.OVERFLOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Watching directories. */
abstract class WatchContract extends Contract {
    private WatchService watcher;

    WatchContract(Maker maker) {
        super(maker);
    }

    @BeforeEach
    void open() throws IOException {
        watcher = directory().getFileSystem().newWatchService();
    }

    @AfterEach
    void close() throws IOException {
        watcher.close();
    }

    private WatchKey next() throws InterruptedException {
        return Objects.requireNonNull(watcher.poll(20, TimeUnit.SECONDS), "no event came");
    }

    /** Waits for a number of events of the directory. */
    private List<String> events(int count) throws InterruptedException {
        List<String> events = new ArrayList<>();
        while (events.size() < count) {
            WatchKey key = next();
            for (WatchEvent<?> event : key.pollEvents()) {
                events.add(event.kind() + " " + event.context());
            }
            key.reset();
        }
        return events;
    }

    @Test
    void changesAreToldInOrder() throws Exception {
        WatchKey key = directory().register(watcher, ENTRY_CREATE, ENTRY_DELETE);
        assertThat(key.isValid()).isTrue();
        assertThat(key.watchable()).isEqualTo(directory());
        file("a", "content");
        folder("b");
        Files.move(path("a"), path("c"));
        Files.delete(path("b"));
        assertThat(events(5))
                .containsExactly(
                        "ENTRY_CREATE a", "ENTRY_CREATE b", "ENTRY_DELETE a", "ENTRY_CREATE c", "ENTRY_DELETE b");
        assertThat(watcher.poll()).isNull();
    }

    @Test
    void modificationsAreCounted() throws Exception {
        file("file", "");
        WatchKey key = directory().register(watcher, ENTRY_MODIFY, OVERFLOW);
        Files.writeString(path("file"), "content");
        Files.setLastModifiedTime(path("file"), java.nio.file.attribute.FileTime.fromMillis(5));
        assertThat(next()).isSameAs(key);
        List<WatchEvent<?>> events = key.pollEvents();
        assertThat(events).isNotEmpty().allSatisfy(event -> {
            assertThat(event.kind()).isEqualTo(ENTRY_MODIFY);
            assertThat(event.context()).hasToString("file");
        });
        assertThat(key.reset()).isTrue();
    }

    @Test
    void keyThatIsNotResetStaysOut() throws Exception {
        directory().register(watcher, ENTRY_CREATE);
        file("a", "");
        WatchKey key = next();
        assertThat(key.pollEvents()).hasSize(1);
        file("b", "");
        assertThat(watcher.poll(50, TimeUnit.MILLISECONDS)).isNull();
        assertThat(key.reset()).isTrue();
        assertThat(next()).isSameAs(key);
        assertThat(key.pollEvents()).hasSize(1);
    }

    @Test
    void sameDirectoryHasTheSameKey() throws Exception {
        WatchKey key = directory().register(watcher, ENTRY_CREATE);
        assertThat(path("../" + directory().getFileName()).register(watcher, ENTRY_DELETE))
                .isSameAs(key);
        file("a", "");
        Files.delete(path("a"));
        assertThat(events(1)).containsExactly("ENTRY_DELETE a");
    }

    @Test
    void cancelledKeyIsInvalid() throws Exception {
        WatchKey key = directory().register(watcher, ENTRY_CREATE);
        key.cancel();
        key.cancel();
        assertThat(key.isValid()).isFalse();
        assertThat(key.reset()).isFalse();
        file("a", "");
        assertThat(watcher.poll(50, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void keyOfADeletedDirectoryIsInvalid() throws Exception {
        WatchKey key = folder("sub").register(watcher, ENTRY_CREATE);
        Files.delete(path("sub"));
        assertThat(next()).isSameAs(key);
        assertThat(key.pollEvents()).isEmpty();
        assertThat(key.reset()).isFalse();
    }

    @Test
    void whatCannotBeWatchedIsRefused() throws IOException {
        assertThatThrownBy(() -> file("file", "").register(watcher, ENTRY_CREATE))
                .isExactlyInstanceOf(NotDirectoryException.class);
        assertThatThrownBy(() -> path("missing").register(watcher, ENTRY_CREATE))
                .isExactlyInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> directory().register(watcher)).isExactlyInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> directory().register(watcher, OVERFLOW))
                .isExactlyInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void closingEndsAWait() throws Exception {
        WatchKey key = directory().register(watcher, ENTRY_CREATE);
        List<Throwable> failures = new ArrayList<>();
        Thread[] threads = new Thread[2];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = Thread.ofPlatform().start(() -> {
                try {
                    watcher.take();
                } catch (InterruptedException | RuntimeException e) {
                    synchronized (failures) {
                        failures.add(e);
                    }
                }
            });
        }
        watcher.close();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).hasSize(2).hasOnlyElementsOfType(ClosedWatchServiceException.class);
        assertThat(key.isValid()).isFalse();
        assertThatThrownBy(() -> watcher.poll()).isExactlyInstanceOf(ClosedWatchServiceException.class);
        assertThatThrownBy(() -> directory().register(watcher, ENTRY_CREATE))
                .isExactlyInstanceOf(ClosedWatchServiceException.class);
    }

    @Test
    void interruptEndsAWait() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> watcher.take()).isExactlyInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
    }
}
