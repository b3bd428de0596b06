package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A LXCFS of the benchmark's own: one daemon and its mount. */
final class Lxcfs {
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final Server server;
    private final Path mount;

    private Lxcfs(Server server, Path mount) {
        this.server = server;
        this.mount = mount;
    }

    static Lxcfs start(Workspace workspace) throws IOException {
        Path mount = workspace.mountPoint("lxcfs");
        String side = workspace.directory("lxcfs-side").toString();
        Server server = workspace.serve(List.of(
                "sh", "-c", "exec lxcfs -f -p \"$1/pid\" \"$2\" >\"$1/log\" 2>&1", "sh", side, mount.toString()));
        long deadline = System.nanoTime() + START_NANOS;
        while (!Files.exists(mount.resolve("proc/meminfo"))) {
            if (System.nanoTime() > deadline || !server.handle().isAlive()) {
                throw new IOException("lxcfs does not start: "
                        + Files.readString(Path.of(side, "log")).strip());
            }
            pause();
        }
        return new Lxcfs(server, mount);
    }

    String file(String path) {
        return mount.resolve(path).toString();
    }

    ProcessHandle handle() {
        return server.handle();
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
