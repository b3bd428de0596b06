package org.caisson.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A proxy that leads all who ask for any place, by CONNECT of HTTP, to one port of this host. */
final class ConnectProxy implements AutoCloseable {
    final List<String> requests = new CopyOnWriteArrayList<>();
    private final ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final int target;
    private final String authorization;

    /** {@code authorization} is the header that it wants; empty for none. */
    ConnectProxy(int target, String authorization) throws IOException {
        this.target = target;
        this.authorization = authorization;
        threads.execute(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                threads.execute(() -> serve(client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(Socket client) {
        try (client) {
            String head = head(client.getInputStream());
            while (!authorization.isEmpty() && !head.contains("Proxy-Authorization: " + authorization)) {
                answer(client, "407 Who are you\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0");
                head = head(client.getInputStream());
            }
            requests.add(head.substring(0, head.indexOf('\r')));
            try (Socket registry = new Socket(InetAddress.getLoopbackAddress(), target)) {
                answer(client, "200 Connected");
                threads.execute(() -> copy(registry, client));
                copy(client, registry);
            }
        } catch (IOException | IndexOutOfBoundsException e) {
            // The client sees it.
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no request");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static void answer(Socket client, String status) throws IOException {
        OutputStream out = client.getOutputStream();
        out.write(("HTTP/1.1 " + status + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            // One of both has ended.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }
}
