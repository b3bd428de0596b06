package org.caisson.image.registry;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Debian's {@code docker-registry} on a port of the loopback. */
public final class DebianRegistry implements AutoCloseable {
    private static final long LIMIT_SECONDS = 30;

    private final Process process;
    private final String host;

    private DebianRegistry(Process process, String host) {
        this.process = process;
        this.host = host;
    }

    /** One that anybody may use; {@code more} is added to its configuration. */
    public static DebianRegistry start(Path in, String more) throws Exception {
        return start(in, "", more);
    }

    /** One that anybody may use who believes its certificate. */
    static DebianRegistry secure(Path in, Certificates certificates) throws Exception {
        return start(in, tls(certificates, ""), "");
    }

    /** The same, for those alone who show a certificate of the same authority. */
    static DebianRegistry ofMembers(Path in, Certificates certificates) throws Exception {
        return start(in, tls(certificates, ", clientcas: [" + certificates.authority() + "]"), "");
    }

    private static String tls(Certificates certificates, String more) {
        return ", tls: {certificate: " + certificates.certificate() + ", key: " + certificates.key() + more + "}";
    }

    private static DebianRegistry start(Path in, String tls, String more) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path config = Files.writeString(
                in.resolve("registry.yml"),
                "version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: " + in.resolve("registry")
                        + "}}\nhttp: {addr: \"127.0.0.1:" + port + "\"" + tls + "}\n" + more);
        Process process = new ProcessBuilder("docker-registry", "serve", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(in.resolve("registry.log").toFile())
                .start();
        DebianRegistry registry = new DebianRegistry(process, "127.0.0.1:" + port);
        try {
            registry.await();
        } catch (Exception e) {
            registry.close();
            throw e;
        }
        return registry;
    }

    private void await() throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (true) {
                try {
                    client.send(
                            HttpRequest.newBuilder(URI.create("http://" + host + "/v2/"))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding());
                    return;
                } catch (IOException e) {
                    if (System.nanoTime() > deadline || !process.isAlive()) {
                        throw e;
                    }
                }
            }
        }
    }

    public String host() {
        return host;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
