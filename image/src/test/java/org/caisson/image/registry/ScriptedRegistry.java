package org.caisson.image.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A registry that serves a layout over real HTTP, and misbehaves as it is told. */
public final class ScriptedRegistry implements AutoCloseable {
    /** Answers a request for a blob; true if it did, false to have it answered as it should be. */
    @FunctionalInterface
    public interface Mischief {
        boolean answer(HttpExchange exchange, byte[] blob, int request) throws IOException;
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Path layout;
    private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();

    /** The value of each Authorization header that came. */
    final List<String> authorizations = new CopyOnWriteArrayList<>();

    volatile Mischief manifests = (exchange, content, request) -> false;
    public volatile Mischief blobs = (exchange, content, request) -> false;

    public ScriptedRegistry(Path layout) throws IOException {
        this.layout = layout;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/v2/some/app/manifests/", exchange -> serve(exchange, true));
        server.createContext("/v2/some/app/blobs/", exchange -> serve(exchange, false));
        server.start();
    }

    public String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    public String name() {
        return host() + "/some/app:test";
    }

    /** How often a path was asked for. */
    Map<String, AtomicInteger> requests() {
        return requests;
    }

    public int requestsOfBlob(String digest) {
        return requests.getOrDefault("/v2/some/app/blobs/" + digest, new AtomicInteger())
                .get();
    }

    void context(String path, com.sun.net.httpserver.HttpHandler handler) {
        server.createContext(path, handler);
    }

    private void serve(HttpExchange exchange, boolean manifest) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            int request =
                    requests.computeIfAbsent(path, key -> new AtomicInteger()).incrementAndGet();
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            if (authorization != null) {
                authorizations.add(authorization);
            }
            String digest = path.substring(path.lastIndexOf('/') + 1);
            byte[] content = blob(digest.equals("test") ? manifestDigest() : digest);
            if ((manifest ? manifests : blobs).answer(exchange, content, request)) {
                return;
            }
            if (manifest) {
                exchange.getResponseHeaders().add("Content-Type", "application/vnd.oci.image.manifest.v1+json");
            }
            send(exchange, 200, content);
        }
    }

    public byte[] blob(String digest) throws IOException {
        return Files.readAllBytes(layout.resolve("blobs").resolve(digest.replace(':', '/')));
    }

    private String manifestDigest() throws IOException {
        String index = Files.readString(layout.resolve("index.json"));
        int at = index.indexOf("sha256:");
        return index.substring(at, at + 71);
    }

    static void send(HttpExchange exchange, int status, byte[] content) throws IOException {
        exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
        exchange.getResponseBody().write(content);
    }

    /** Answers as a registry that gives parts of blobs does; false if no part is asked for. */
    public static boolean part(HttpExchange exchange, byte[] blob) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        if (range == null) {
            return false;
        }
        String[] ends = range.substring("bytes=".length()).split("-", -1);
        int from = Integer.parseInt(ends[0]);
        int to = Math.min(Integer.parseInt(ends[1]) + 1, blob.length);
        exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + blob.length);
        send(exchange, 206, java.util.Arrays.copyOfRange(blob, from, to));
        return true;
    }

    static boolean redirect(HttpExchange exchange, String location) throws IOException {
        exchange.getResponseHeaders().add("Location", location);
        exchange.sendResponseHeaders(307, -1);
        return true;
    }

    public static boolean say(HttpExchange exchange, int status, String text) throws IOException {
        send(exchange, status, text.getBytes(StandardCharsets.UTF_8));
        return true;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        threads.close();
    }
}
