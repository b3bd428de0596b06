package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticFileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A server that dies without a word leaves nobody waiting. */
@ExtendWith(FdLeakCheck.class)
class ServerDeathTest {
    private static final int AT_FDCWD = -100;

    private Path path;
    private Process server;

    /** The server as a program: serves "file", and "stuck" which never answers. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws Exception {
            SyntheticDirectory.Builder root = SyntheticDirectory.builder();
            root.file("file", (caller, out) -> out.appendAscii("text"));
            root.file("stuck", (caller, out) -> {
                System.out.println("stuck");
                while (true) {
                    LockSupport.park();
                }
            });
            VirtualFileSystem vfs = new VirtualFileSystem();
            var namespace = vfs.newMountNamespace(SyntheticFileSystem.proc(root.build()));
            FuseServer mortal = FuseServer.builder(vfs, namespace.root()).build();
            mortal.mountAt(arguments[0]);
            mortal.start();
            System.out.println("ready");
            Thread.currentThread().join();
        }
    }

    @BeforeEach
    void start() throws IOException {
        path = Files.createTempDirectory("caisson-fuse-");
        server = new ProcessBuilder(List.of(
                        ProcessHandle.current().info().command().orElse("java"),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName(),
                        path.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    @AfterEach
    void clean() throws Exception {
        server.destroyForcibly().waitFor();
        server.getInputStream().close();
        server.getOutputStream().close();
        if (isMounted()) {
            MountCalls.umount2(path.toString(), MountFlags.MNT_DETACH);
        }
        Files.delete(path);
    }

    @Test
    void whoWaitsGetsAnErrorWhenTheServerIsKilled() throws Exception {
        BufferedReader output = server.inputReader();
        assertThat(output.readLine()).isEqualTo("ready");
        CompletableFuture<Errno> waiting = CompletableFuture.supplyAsync(this::readStuck);
        assertThat(output.readLine()).isEqualTo("stuck");
        try (OwnedFd file = open("file")) {
            server.destroyForcibly().waitFor();
            assertThat(waiting.get(5, TimeUnit.SECONDS)).isIn(Errno.ECONNABORTED, Errno.ENOTCONN, Errno.EIO);
            assertThat(Errnos.of(() -> FileCalls.readAll(file.number()))).isIn(Errno.ENOTCONN, Errno.ECONNABORTED);
        }
        // ENOENT: it is unmounted already.
        assertThat(Errnos.of(() -> open("file").close())).isIn(Errno.ENOTCONN, Errno.ECONNABORTED, Errno.ENOENT);
        Deadline.await("the mount is taken off", () -> !isMounted());
        assertThat(path).isEmptyDirectory();
    }

    private boolean isMounted() throws IOException {
        return Files.readString(Path.of("/proc/self/mountinfo")).contains(" " + path + " ");
    }

    private OwnedFd open(String name) throws ErrnoException {
        return FileCalls.openat(AT_FDCWD, path + "/" + name, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC, 0);
    }

    private Errno readStuck() {
        return Errnos.of(() -> {
            try (OwnedFd file = open("stuck")) {
                FileCalls.readAll(file.number());
            }
        });
    }
}
