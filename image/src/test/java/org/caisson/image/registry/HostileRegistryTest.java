package org.caisson.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Intake;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.PlainTar;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.TestImages;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Registries and networks that fail in all ways, and those that mean harm. */
class HostileRegistryTest {
    private static final RegistryOptions QUICK =
            new RegistryOptions(Duration.ofSeconds(5), Duration.ofMillis(400), 3, Duration.ofMillis(5), Map.of());
    private static final int LAYER = 150_000;

    @TempDir
    private Path directory;

    private ImageStore store;
    private ScriptedRegistry registry;

    @BeforeEach
    void make() throws Exception {
        store = ImageStore.open(directory.resolve("store"), new PlainTar());
        registry = new ScriptedRegistry(TestImages.layout(directory, 2, LAYER, 12));
    }

    @AfterEach
    void close() {
        registry.close();
    }

    private StoredImage pull() throws IOException {
        return pull(store, new DockerCredentials(directory.resolve("none.json")));
    }

    private StoredImage pull(ImageStore into, DockerCredentials credentials) throws IOException {
        Reference reference = Reference.parse(registry.name());
        try (Registry source = Registry.forPull(reference, QUICK, credentials)) {
            return new Intake(into, Platform.host(), ImageProgress.SILENT).take(source.source(), reference);
        }
    }

    private void isRefused(ThrowingCallable pull, String why) throws IOException {
        assertThatThrownBy(pull).isInstanceOf(ImageException.class).hasMessageContaining(why);
        assertThat(store.images()).isEmpty();
        try (var work = Files.list(store.root().resolve("work"))) {
            assertThat(work).isEmpty();
        }
    }

    private void isGood(StoredImage image) throws IOException {
        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
    }

    @Test
    void otherContentIsRefused() throws Exception {
        registry.blobs = (exchange, blob, request) -> {
            if (blob.length < LAYER) {
                return false;
            }
            byte[] other = blob.clone();
            other[other.length / 2] ^= 1;
            ScriptedRegistry.send(exchange, 200, other);
            return true;
        };
        isRefused(this::pull, "its content is another one");
    }

    @Test
    void otherManifestThanThatOfTheDigestIsRefused() throws Exception {
        String digest = pull().descriptor().digest().toString();
        store.remove(Reference.parse(registry.name()));
        registry.manifests = (exchange, content, request) ->
                ScriptedRegistry.say(exchange, 200, new String(content, StandardCharsets.UTF_8) + " ");
        Reference reference = Reference.parse(registry.host() + "/some/app@" + digest);
        try (Registry source =
                Registry.forPull(reference, QUICK, new DockerCredentials(directory.resolve("none.json")))) {
            isRefused(
                    () -> new Intake(store, Platform.host(), ImageProgress.SILENT).take(source.source(), reference),
                    "another content");
        }
    }

    @Test
    void lengthThatIsNotTheManifestsIsRefusedBeforeAnythingIsRead() throws Exception {
        registry.blobs = (exchange, blob, request) -> {
            if (blob.length < LAYER) {
                return false;
            }
            ScriptedRegistry.send(exchange, 200, Arrays.copyOf(blob, blob.length + 5));
            return true;
        };
        isRefused(this::pull, "as the manifest says");
    }

    @Test
    void endlessBlobIsCutOff() throws Exception {
        registry.blobs = (exchange, blob, request) -> {
            if (blob.length < LAYER) {
                return false;
            }
            exchange.sendResponseHeaders(200, 0); // chunked: of any length
            try {
                for (int i = 0; i < 10_000; i++) {
                    exchange.getResponseBody().write(blob);
                }
            } catch (IOException e) {
                // The client had enough.
            }
            return true;
        };
        isRefused(this::pull, "it is longer than the");
    }

    @Test
    void brokenConnectionIsResumedWhereItBroke() throws Exception {
        registry.blobs = (exchange, blob, request) -> {
            if (blob.length < LAYER) {
                return false;
            }
            String range = exchange.getRequestHeaders().getFirst("Range");
            int from = range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=([0-9]+)-.*", "$1"));
            assertThat(from == 0).isEqualTo(request == 1);
            int end = Math.min(from + 60_000, blob.length);
            if (range != null) {
                exchange.getResponseHeaders()
                        .add("Content-Range", "bytes " + from + "-" + (blob.length - 1) + "/" + blob.length);
            }
            exchange.sendResponseHeaders(range == null ? 200 : 206, blob.length - from);
            exchange.getResponseBody().write(blob, from, end - from);
            exchange.getResponseBody().flush();
            return true;
        };
        isGood(pull());
        assertThat(registry.requests().values()).anyMatch(count -> count.get() >= 3);
    }

    @Test
    void registryWithoutRangesSendsAllAgain() throws Exception {
        registry.blobs = (exchange, blob, request) -> {
            if (blob.length < LAYER || request > 1) {
                return false;
            }
            exchange.sendResponseHeaders(200, blob.length);
            exchange.getResponseBody().write(blob, 0, 50_000);
            exchange.getResponseBody().flush();
            return true;
        };
        isGood(pull());
    }

    @Test
    void blobThatIsAlwaysCutOffIsGivenUp() throws Exception {
        registry.blobs = (exchange, blob, request) -> {
            if (blob.length < LAYER) {
                return false;
            }
            exchange.sendResponseHeaders(200, blob.length);
            exchange.getResponseBody().write(blob, 0, 50_000);
            exchange.getResponseBody().flush();
            return true;
        };
        isRefused(this::pull, "attempts were made");
    }

    @Test
    void stalledBodyIsLeftAndResumed() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        registry.blobs = (exchange, blob, request) -> {
            if (blob.length < LAYER || request > 1) {
                return false;
            }
            exchange.sendResponseHeaders(200, blob.length);
            exchange.getResponseBody().write(blob, 0, 50_000);
            exchange.getResponseBody().flush();
            waitFor(over);
            return true;
        };
        isGood(pull());
        over.countDown();
    }

    @Test
    void registryThatNeverAnswersIsGivenUp() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        registry.manifests = (exchange, content, request) -> {
            waitFor(over);
            return true;
        };
        isRefused(this::pull, "attempts were made");
        over.countDown();
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void overloadedRegistryIsAskedAgain() throws Exception {
        registry.manifests =
                (exchange, content, request) -> request < 3 && ScriptedRegistry.say(exchange, 503, "later");
        registry.blobs = (exchange, content, request) -> request < 2 && ScriptedRegistry.say(exchange, 429, "later");
        isGood(pull());
    }

    @Test
    void circularRedirectEnds() throws Exception {
        registry.blobs = (exchange, blob, request) ->
                ScriptedRegistry.redirect(exchange, exchange.getRequestURI().toString());
        isRefused(this::pull, "more than 5 times");
    }

    @Test
    void redirectToPlainTextElsewhereIsNotFollowed() throws Exception {
        registry.blobs = (exchange, blob, request) -> ScriptedRegistry.redirect(exchange, "http://192.0.2.1/blob");
        isRefused(this::pull, "not protected by TLS");
        registry.blobs = (exchange, blob, request) -> ScriptedRegistry.redirect(exchange, "file:///etc/passwd");
        isRefused(this::pull, "not protected by TLS");
    }

    @Test
    void secretsAreNotSentOnToWhereARequestIsRedirected() throws Exception {
        Path config = Files.writeString(
                directory.resolve("config.json"),
                "{\"auths\": {\"" + registry.host() + "\": {\"auth\": \"c29tZWJvZHk6c2VjcmV0\"}}}");
        try (ScriptedRegistry other = new ScriptedRegistry(directory.resolve("image"))) {
            registry.manifests = (exchange, content, request) -> mustSignIn(exchange);
            registry.blobs = (exchange, content, request) -> mustSignIn(exchange)
                    || ScriptedRegistry.redirect(
                            exchange,
                            "http://" + other.host() + exchange.getRequestURI().getPath());
            isGood(pull(store, new DockerCredentials(config)));
            assertThat(registry.authorizations).isNotEmpty();
            assertThat(other.requests()).isNotEmpty();
            assertThat(other.authorizations).isEmpty();
        }
    }

    private static boolean mustSignIn(com.sun.net.httpserver.HttpExchange exchange) throws IOException {
        if ("Basic c29tZWJvZHk6c2VjcmV0".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return false;
        }
        exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"test\"");
        return ScriptedRegistry.say(exchange, 401, "{}");
    }

    @Test
    void tokenIsFetchedOnceForAllAndRenewedWhenItEnds() throws Exception {
        java.util.concurrent.atomic.AtomicInteger tokens = new java.util.concurrent.atomic.AtomicInteger();
        registry.context("/token", exchange -> {
            try (exchange) {
                assertThat(exchange.getRequestURI().getQuery()).contains("scope=repository:some/app:pull");
                ScriptedRegistry.say(exchange, 200, "{\"token\": \"t" + tokens.incrementAndGet() + "\"}");
            }
        });
        registry.manifests = (exchange, content, request) -> mustHaveToken(exchange, "t1");
        registry.blobs = (exchange, content, request) -> mustHaveToken(exchange, "t2");
        isGood(pull());
        assertThat(tokens.get()).isEqualTo(2);
    }

    private boolean mustHaveToken(com.sun.net.httpserver.HttpExchange exchange, String token) throws IOException {
        if (("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return false;
        }
        exchange.getResponseHeaders()
                .add(
                        "WWW-Authenticate",
                        "Bearer realm=\"http://" + registry.host() + "/token\",service=\"test\",scope=\"x\"");
        return ScriptedRegistry.say(exchange, 401, "{}");
    }

    @Test
    void hugeManifestIsRefused() throws Exception {
        registry.manifests = (exchange, content, request) -> {
            ScriptedRegistry.send(exchange, 200, new byte[5 << 20]);
            return true;
        };
        isRefused(this::pull, "is longer than");
    }

    @Test
    void twoPullsAtOnceFetchEachBlobOnce() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        registry.manifests = (exchange, content, request) -> {
            both.countDown();
            waitFor(both);
            return false;
        };
        ImageStore same = ImageStore.open(store.root(), new PlainTar());
        DockerCredentials nobody = new DockerCredentials(directory.resolve("none.json"));
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<StoredImage> first = threads.submit(() -> pull(store, nobody));
            Future<StoredImage> second = threads.submit(() -> pull(same, nobody));
            for (Future<StoredImage> one : List.of(first, second)) {
                isGood(one.get());
            }
        }
        for (var layer : store.images().getFirst().manifest().layers()) {
            assertThat(registry.requestsOfBlob(layer.digest().toString())).isEqualTo(1);
        }
    }

    @Test
    void whereARequestIsRedirectedToNoSecretsAreGivenThoughItAsksForThem() throws Exception {
        Path config = Files.writeString(
                directory.resolve("config.json"),
                "{\"auths\": {\"" + registry.host() + "\": {\"auth\": \"c29tZWJvZHk6c2VjcmV0\"}}}");
        try (ScriptedRegistry other = new ScriptedRegistry(directory.resolve("image"))) {
            List<String> asked = new CopyOnWriteArrayList<>();
            other.context("/token", exchange -> {
                try (exchange) {
                    asked.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
                    ScriptedRegistry.say(exchange, 200, "{\"token\": \"t\"}");
                }
            });
            other.blobs = (exchange, content, request) -> {
                exchange.getResponseHeaders()
                        .add("WWW-Authenticate", "Bearer realm=\"http://" + other.host() + "/token\",service=\"x\"");
                return ScriptedRegistry.say(exchange, 401, "{}");
            };
            registry.manifests = (exchange, content, request) -> mustSignIn(exchange);
            registry.blobs = (exchange, content, request) -> mustSignIn(exchange)
                    || ScriptedRegistry.redirect(
                            exchange,
                            "http://" + other.host() + exchange.getRequestURI().getPath());
            isRefused(() -> pull(store, new DockerCredentials(config)), "status 401");
            assertThat(other.requests()).isNotEmpty();
            assertThat(asked).isEmpty();
        }
    }

    @Test
    void answerThatIsNoHttpIsAFailureOfTheRegistry() throws Exception {
        byte[] answer = "HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                while (true) {
                    try (Socket one = server.accept()) {
                        one.getInputStream().read();
                        one.getOutputStream().write(answer);
                    } catch (IOException e) {
                        return; // the test has ended
                    }
                }
            });
            Reference reference = Reference.parse("127.0.0.1:" + server.getLocalPort() + "/some/app:test");
            try (Registry source =
                    Registry.forPull(reference, QUICK, new DockerCredentials(directory.resolve("none.json")))) {
                isRefused(
                        () -> new Intake(store, Platform.host(), ImageProgress.SILENT).take(source.source(), reference),
                        "attempts were made");
            }
        }
    }

    private void push(StoredImage image) throws IOException {
        new Push(store, image, Reference.parse(registry.host() + "/other/app:test"), ImageProgress.SILENT)
                .run(QUICK, new DockerCredentials(directory.resolve("none.json")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT"})
    void pushThatIsNotAnsweredIsGivenUp(String method) throws Exception {
        StoredImage image = pull();
        CountDownLatch over = new CountDownLatch(1);
        registry.context("/v2/other/app/blobs/", exchange -> {
            try (exchange) {
                String asked = exchange.getRequestMethod();
                if (asked.equals(method)) {
                    waitFor(over);
                } else if (asked.equals("POST")) {
                    exchange.getResponseHeaders()
                            .add("Location", exchange.getRequestURI().getPath() + "1");
                    exchange.sendResponseHeaders(202, -1);
                } else {
                    exchange.sendResponseHeaders(404, -1);
                }
            }
        });
        assertThatThrownBy(() -> push(image)).isInstanceOf(IOException.class);
        over.countDown();
    }

    @Test
    void pushWhoseManifestIsNotAnsweredIsGivenUp() throws Exception {
        StoredImage image = pull();
        CountDownLatch over = new CountDownLatch(1);
        registry.context("/v2/other/app/blobs/", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(200, -1);
            }
        });
        registry.context("/v2/other/app/manifests/", exchange -> {
            try (exchange) {
                waitFor(over);
            }
        });
        assertThatThrownBy(() -> push(image))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("attempts were made");
        over.countDown();
    }
}
