package org.caisson.image.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.image.oci.Digest;
import org.caisson.image.registry.DebianRegistry;
import org.caisson.image.registry.ScriptedRegistry;
import org.caisson.image.store.Host;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images whose data come when they are read: from a real registry, and from such as fail or lie. */
class LazyPullTest {
    private static final int PIECE = 100_000;
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private final byte[] big = new byte[5 * PIECE + 17];
    private EstargzLayer layer = new EstargzLayer();
    private ImageStore store;

    @BeforeEach
    void make() throws Exception {
        new Random(3).nextBytes(big);
        layer = new EstargzLayer()
                .directory("etc")
                .file("etc/hostname", 0640, LazyImage.text("box\n"), PIECE)
                .symlink("etc/link", "hostname")
                .file("big", 0644, big, PIECE)
                .hardlink("other", "big")
                .file("etc/.wh.gone", 0, new byte[0], PIECE)
                .file("empty", 0600, new byte[0], PIECE);
        store = LazyStore.at(directory.resolve("store"));
    }

    private ScriptedRegistry scripted(LazyImage image) throws IOException {
        ScriptedRegistry registry = new ScriptedRegistry(image.layout());
        registry.blobs = (exchange, blob, request) -> ScriptedRegistry.part(exchange, blob);
        return registry;
    }

    private static void hasEio(ErrnoException e) {
        assertThat(e.errno()).isEqualTo(Errno.EIO);
    }

    private byte[] piece(int number) {
        return Arrays.copyOfRange(big, number * PIECE, (number + 1) * PIECE);
    }

    @Test
    void dataComeWhenTheyAreReadAndTheWholeIsAsIfItHadComeAtOnce() throws Exception {
        LazyImage made = LazyImage.of(directory, layer);
        try (DebianRegistry registry = DebianRegistry.start(directory, "")) {
            String name = registry.host() + "/some/app:v1";
            Host.run(
                    directory,
                    "skopeo",
                    "copy",
                    "--preserve-digests",
                    "--dest-tls-verify=false",
                    "oci:" + made.layout() + ":test",
                    "docker://" + name);
            List<String> notes = new ArrayList<>();
            StoredImage image = LazyStore.pull(store, name, true, notes);
            assertThat(notes).isEmpty();
            assertThat(store.has(made.diffId())).isFalse();
            assertThat(Arrived.of(store, image).bytes()).isZero();
            try (LazyStore opened = LazyStore.open(store, image, SOON)) {
                assertThat(opened.read("etc/link", 0, 100)).isEqualTo(LazyImage.text("box\n"));
                assertThat(opened.read("big", 2 * PIECE + 5, 10))
                        .isEqualTo(Arrays.copyOfRange(big, 2 * PIECE + 5, 2 * PIECE + 15));
            }
            assertThat(Arrived.of(store, image).percent()).isBetween(1, 50);
            try (LazyStore opened = LazyStore.open(store, image, SOON)) {
                assertThat(opened.read("other", 0, big.length)).isEqualTo(big);
                assertThat(opened.read("empty", 0, 1)).isEmpty();
            }
            assertThat(store.verify(image, ImageProgress.SILENT))
                    .singleElement()
                    .asString()
                    .contains("has not come");
            LazyStore.pull(store, name, false, notes);
            assertThat(Arrived.of(store, image).percent()).isEqualTo(100);
            assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();

            ImageStore atOnce = LazyStore.at(directory.resolve("other"));
            LazyStore.pull(atOnce, name, false, notes);
            assertThat(store.layer(made.diffId())).hasSameBinaryContentAs(atOnce.layer(made.diffId()));
            store.begin().close();
            assertThat(store.parts(image.manifest().layers().getFirst())).isNull();
        }
    }

    @Test
    void readersOfOneChunkShareOneFetchAndWhatCameStays() throws Exception {
        LazyImage made = LazyImage.of(directory, layer);
        try (ScriptedRegistry registry = scripted(made);
                ExecutorService readers = Executors.newFixedThreadPool(8)) {
            StoredImage image = LazyStore.pull(store, registry.name(), true, new ArrayList<>());
            int before = registry.requestsOfBlob(made.blob().toString());
            try (LazyStore opened = LazyStore.open(store, image, SOON)) {
                List<Future<byte[]>> reads = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    reads.add(readers.submit(() -> opened.read("big", PIECE, PIECE)));
                }
                for (Future<byte[]> read : reads) {
                    assertThat(read.get()).isEqualTo(piece(1));
                }
            }
            assertThat(registry.requestsOfBlob(made.blob().toString()) - before).isOne();
            registry.blobs = (exchange, blob, request) -> ScriptedRegistry.say(exchange, 404, "gone");
            try (LazyStore again = LazyStore.open(store, image, SOON)) {
                assertThat(again.read("big", PIECE, PIECE)).isEqualTo(piece(1));
                assertThatThrownBy(() -> again.read("big", 3 * PIECE, 1))
                        .isInstanceOfSatisfying(ErrnoException.class, LazyPullTest::hasEio);
            }
        }
    }

    @Test
    void badChunkIsErrorAndIsNamed() throws Exception {
        LazyImage made = LazyImage.of(directory, layer);
        AtomicBoolean lie = new AtomicBoolean();
        try (ScriptedRegistry registry = scripted(made)) {
            registry.blobs =
                    (exchange, blob, request) -> ScriptedRegistry.part(exchange, lie.get() ? damaged(blob) : blob);
            StoredImage image = LazyStore.pull(store, registry.name(), true, new ArrayList<>());
            lie.set(true);
            try (LazyStore opened = LazyStore.open(store, image, SOON)) {
                assertThatThrownBy(() -> opened.read("big", 0, 1))
                        .isInstanceOfSatisfying(ErrnoException.class, LazyPullTest::hasEio);
                assertThat(opened.notes)
                        .singleElement()
                        .asString()
                        .contains("chunk ")
                        .contains("bytes ");
                assertThat(LazyStore.parts(store, image).resolve("errors"))
                        .content()
                        .contains(opened.notes.getFirst());
            }
            lie.set(false);
            try (LazyStore opened = LazyStore.open(store, image, SOON)) {
                assertThat(opened.read("big", 0, PIECE)).isEqualTo(piece(0));
            }
        }
    }

    /** Each byte of the data that nobody wrote compressed: another one. */
    private static byte[] damaged(byte[] blob) {
        byte[] other = blob.clone();
        for (int i = 0; i < other.length - 51; i++) {
            other[i] ^= (byte) (i % 997 == 0 ? 1 : 0);
        }
        return other;
    }

    @Test
    void lostRegistryIsErrorAfterTheTimeThatWasSaid() throws Exception {
        LazyImage made = LazyImage.of(directory, layer);
        StoredImage image;
        try (ScriptedRegistry registry = scripted(made)) {
            image = LazyStore.pull(store, registry.name(), true, new ArrayList<>());
        }
        try (LazyStore opened = LazyStore.open(store, image, Duration.ofMillis(300))) {
            assertThatThrownBy(() -> opened.read("big", 0, 1))
                    .isInstanceOfSatisfying(ErrnoException.class, LazyPullTest::hasEio);
        }
    }

    @Test
    void registryThatStallsIsErrorAndOthersReadOn() throws Exception {
        LazyImage made = LazyImage.of(directory, layer);
        CountDownLatch end = new CountDownLatch(1);
        AtomicBoolean stall = new AtomicBoolean();
        try (ScriptedRegistry registry = scripted(made)) {
            StoredImage image = LazyStore.pull(store, registry.name(), true, new ArrayList<>());
            registry.blobs = (exchange, blob, request) -> {
                if (stall.get()) {
                    exchange.sendResponseHeaders(206, blob.length);
                    awaitEnd(end);
                }
                return ScriptedRegistry.part(exchange, blob);
            };
            try (LazyStore opened = LazyStore.open(store, image, Duration.ofSeconds(2))) {
                opened.read("etc/hostname", 0, 1);
                stall.set(true);
                assertThatThrownBy(() -> opened.read("big", 0, 1))
                        .isInstanceOfSatisfying(ErrnoException.class, LazyPullTest::hasEio);
                assertThat(opened.read("etc/hostname", 0, 9)).isEqualTo(LazyImage.text("box\n"));
                stall.set(false);
                assertThat(opened.read("big", PIECE, PIECE)).isEqualTo(piece(1));
            } finally {
                end.countDown();
            }
        }
    }

    private static void awaitEnd(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void interruptedReaderIsTold() throws Exception {
        LazyImage made = LazyImage.of(directory, layer);
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        try (ScriptedRegistry registry = scripted(made);
                ExecutorService reader = Executors.newSingleThreadExecutor()) {
            StoredImage image = LazyStore.pull(store, registry.name(), true, new ArrayList<>());
            registry.blobs = (exchange, blob, request) -> {
                asked.countDown();
                awaitEnd(end);
                return ScriptedRegistry.part(exchange, blob);
            };
            try (LazyStore opened = LazyStore.open(store, image, SOON)) {
                Future<Errno> told = reader.submit(() -> {
                    try {
                        opened.read("big", 0, 1);
                        return Errno.EPERM;
                    } catch (ErrnoException e) {
                        return e.errno();
                    }
                });
                asked.await();
                reader.shutdownNow();
                assertThat(told.get()).isEqualTo(Errno.EINTR);
            } finally {
                end.countDown();
            }
        }
    }

    @Test
    void whatWasReadFirstIsFetchedFirstWhenTheImageComesAgain() throws Exception {
        LazyImage made = LazyImage.of(directory, layer);
        List<String> asked = java.util.Collections.synchronizedList(new ArrayList<>());
        try (ScriptedRegistry registry = scripted(made)) {
            registry.blobs = (exchange, blob, request) -> {
                asked.add(String.valueOf(exchange.getRequestHeaders().getFirst("Range")));
                return ScriptedRegistry.part(exchange, blob);
            };
            StoredImage image = LazyStore.pull(store, registry.name(), true, new ArrayList<>());
            asked.clear();
            try (LazyStore opened = LazyStore.open(store, image, SOON)) {
                opened.read("big", 4 * PIECE, 1);
                opened.read("big", PIECE, 1);
            }
            List<String> wanted = List.copyOf(asked);
            store.remove(image.name());
            store.collect();
            assertThat(store.parts(image.manifest().layers().getFirst())).isNull();
            StoredImage again = LazyStore.pull(store, registry.name(), true, new ArrayList<>());
            asked.clear();
            try (LazyStore opened = LazyStore.open(store, again, SOON)) {
                opened.begin();
                long deadline = System.nanoTime() + SOON.toNanos();
                while (!store.has(made.diffId()) && System.nanoTime() < deadline) {
                    Thread.onSpinWait();
                }
                assertThat(store.has(made.diffId())).isTrue();
                assertThat(asked.subList(0, 2)).containsExactlyInAnyOrderElementsOf(wanted);
            }
        }
    }

    @Test
    void registryWithoutRangesGivesWholeLayers() throws Exception {
        LazyImage made = LazyImage.of(directory, layer);
        try (ScriptedRegistry registry = new ScriptedRegistry(made.layout())) {
            List<String> notes = new ArrayList<>();
            StoredImage image = LazyStore.pull(store, registry.name(), true, notes);
            assertThat(notes)
                    .singleElement()
                    .asString()
                    .contains("fetched in whole")
                    .contains("only whole blobs");
            assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
        }
    }

    @Test
    void anotherTableThanThatOfTheManifestIsNotUsed() throws Exception {
        byte[] blob = layer.finish();
        LazyImage made = LazyImage.of(directory, blob, layer.diffId(), Digest.of(new byte[0]));
        isFetchedInWhole(made, "another one than the manifest says");
    }

    private void isFetchedInWhole(LazyImage made, String why) throws IOException {
        try (ScriptedRegistry registry = scripted(made)) {
            List<String> notes = new ArrayList<>();
            StoredImage image = LazyStore.pull(store, registry.name(), true, notes);
            assertThat(notes).singleElement().asString().contains(why);
            assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
            assertThat(store.parts(image.manifest().layers().getFirst())).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "name ../out", "name a/../../b", "size 999999999999", "offset 999999999", "offset -1",
                "chunkDigest none", "chunkDigest sha256:12", "chunkOffset 5", "chunkSize 3", "type chunk",
                "type unheard", "uid 99999999999", "modtime yesterday", "innerOffset 99999999999", "xattrs x"
            })
    void tableThatMakesNoSenseIsNotUsed(String lie) throws Exception {
        String[] words = lie.split(" ", -1);
        Map<String, Object> entry = layer.entries.get(1);
        Object value = words[1].matches("-?[0-9]+") ? (Object) Long.valueOf(words[1]) : words[1];
        entry.put(words[0], value);
        isFetchedInWhole(LazyImage.of(directory, layer), "is fetched in whole: ");
    }

    @Test
    void sizeThatIsNotThatOfTheDataIsErrorWhenTheyAreRead() throws Exception {
        layer.entries.get(1).put("size", 12L);
        try (ScriptedRegistry registry = scripted(LazyImage.of(directory, layer))) {
            StoredImage image = LazyStore.pull(store, registry.name(), true, new ArrayList<>());
            try (LazyStore opened = LazyStore.open(store, image, SOON)) {
                assertThatThrownBy(() -> opened.read("etc/hostname", 0, 12))
                        .isInstanceOfSatisfying(ErrnoException.class, LazyPullTest::hasEio);
            }
        }
    }

    @Test
    void linkToNothingAndToItselfInTheTableAreNotUsed() throws Exception {
        layer.entries.getFirst().put("type", "hardlink");
        layer.entries.getFirst().put("linkName", "etc");
        List<String> notes = new ArrayList<>();
        LazyImage made = LazyImage.of(directory, layer);
        try (ScriptedRegistry registry = scripted(made)) {
            LazyStore.pull(store, registry.name(), true, notes);
        }
        assertThat(notes).singleElement().asString().contains("fetched in whole");
    }

    @Test
    void attributesThatSpeakToOverlaysAreLeftOut() throws Exception {
        layer.attribute("trusted.overlay.redirect", LazyImage.text("/etc"));
        LazyImage made = LazyImage.of(directory, layer);
        try (ScriptedRegistry registry = scripted(made)) {
            StoredImage image = LazyStore.pull(store, registry.name(), true, new ArrayList<>());
            assertThat(Files.readString(
                            LazyStore.parts(store, image).resolve("outline"),
                            java.nio.charset.StandardCharsets.ISO_8859_1))
                    .doesNotContain("redirect");
        }
    }

    @Test
    void whatACrashLeavesInTheJournalIsNotBelieved() throws Exception {
        LazyImage made = LazyImage.of(directory, layer);
        AtomicInteger requests = new AtomicInteger();
        try (ScriptedRegistry registry = scripted(made)) {
            StoredImage image = LazyStore.pull(store, registry.name(), true, new ArrayList<>());
            registry.blobs = (HttpExchange exchange, byte[] blob, int request) -> {
                requests.incrementAndGet();
                return ScriptedRegistry.part(exchange, blob);
            };
            byte[] torn = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0};
            Files.write(LazyStore.parts(store, image).resolve("arrived"), torn);
            for (int run = 0; run < 2; run++) {
                try (LazyStore opened = LazyStore.open(store, image, SOON)) {
                    assertThat(opened.read("big", 0, PIECE)).isEqualTo(piece(0));
                    assertThat(opened.read("etc/hostname", 0, 9)).isEqualTo(LazyImage.text("box\n"));
                }
            }
            assertThat(requests).hasValue(2);
        }
    }

    @Test
    void blobThatIsAnotherOneInTheEndIsThrownAway() throws Exception {
        LazyImage made = LazyImage.of(directory, layer);
        AtomicBoolean lie = new AtomicBoolean();
        try (ScriptedRegistry registry = scripted(made)) {
            registry.blobs = (exchange, blob, request) -> {
                if (lie.get() && blob.length > PIECE) {
                    ScriptedRegistry.say(exchange, 200, "x".repeat(blob.length));
                    return true;
                }
                return ScriptedRegistry.part(exchange, blob);
            };
            StoredImage image = LazyStore.pull(store, registry.name(), true, new ArrayList<>());
            lie.set(true);
            assertThatThrownBy(() -> LazyStore.pull(store, registry.name(), false, new ArrayList<>()))
                    .hasMessageContaining("is wrong");
            lie.set(false);
            LazyStore.pull(store, registry.name(), false, new ArrayList<>());
            assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
        }
    }

    @Test
    void partsInUseOutliveTheirName() throws Exception {
        LazyImage made = LazyImage.of(directory, layer);
        try (ScriptedRegistry registry = scripted(made)) {
            StoredImage image = LazyStore.pull(store, registry.name(), true, new ArrayList<>());
            try (LazyStore opened = LazyStore.open(store, image, SOON)) {
                store.remove(image.name());
                store.collect();
                assertThat(opened.read("big", 0, PIECE)).isEqualTo(piece(0));
            }
            store.collect();
            assertThat(store.parts(image.manifest().layers().getFirst())).isNull();
        }
    }
}
