package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.Errno;
import org.caisson.linux.FdLeakCheck;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticFileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A server that may start no more threads answers every request all the same. */
@ExtendWith(FdLeakCheck.class)
class ThreadLimitTest {
    private Path group;
    private Process server;

    /** Serves "quick", and "slow" which answers after the first line of input; ends after the second. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws Exception {
            CountDownLatch go = new CountDownLatch(1);
            SyntheticDirectory.Builder root = SyntheticDirectory.builder();
            root.file("quick", (caller, out) -> out.appendAscii("quick"));
            root.file("slow", (caller, out) -> {
                System.out.println("reading");
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw Errno.EINTR.exception();
                }
                out.appendAscii("slow");
            });
            try (MountedTree tree =
                    MountedTree.of(SyntheticFileSystem.proc(root.build()), builder -> builder.threads(2))) {
                System.out.println(tree.path);
                System.in.read();
                go.countDown();
                System.in.read();
            }
            System.out.println("closed");
        }
    }

    @BeforeEach
    void start() throws IOException {
        Path pids = Files.isDirectory(Path.of("/sys/fs/cgroup/pids"))
                ? Path.of("/sys/fs/cgroup/pids")
                : Path.of("/sys/fs/cgroup");
        group = Files.createTempDirectory(pids, "caisson-fuse-");
        server = new ProcessBuilder(List.of(
                        "/bin/sh",
                        "-c",
                        "echo $$ > \"$0\"/cgroup.procs && exec \"$@\"",
                        group.toString(),
                        ProcessHandle.current().info().command().orElse("java"),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        "-Xlog:disable",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @AfterEach
    void clean() throws Exception {
        server.destroyForcibly().waitFor();
        server.getInputStream().close();
        server.getOutputStream().close();
        Deadline.await(
                "the control group is empty",
                () -> Files.readString(group.resolve("cgroup.procs")).isEmpty());
        Files.delete(group);
    }

    @Test
    void noRequestIsLostWhenNoThreadCanBeStarted() throws Exception {
        BufferedReader output = server.inputReader();
        Writer input = server.outputWriter();
        Path mounted = Path.of(output.readLine());
        Process first = reader(mounted, "slow");
        assertThat(output.readLine()).isEqualTo("reading");
        String now = Files.readString(group.resolve("pids.current"));
        Files.writeString(group.resolve("pids.max"), now);
        // The last thread reads these; it cannot be relieved, so one of them waits for the other thread, the other is
        // killed.
        Process second = reader(mounted, "quick");
        Process third = reader(mounted, "slow");
        third.destroy();
        assertThat(third.waitFor(10, TimeUnit.SECONDS)).as("interrupted").isTrue();
        input.append('\n').flush();
        assertThat(first.waitFor(10, TimeUnit.SECONDS)).as("served").isTrue();
        assertThat(second.waitFor(10, TimeUnit.SECONDS)).as("served").isTrue();
        assertThat(first.exitValue()).isZero();
        assertThat(second.exitValue()).isZero();
        input.append('\n').flush();
        assertThat(output.readLine()).isEqualTo("closed");
        assertThat(server.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(mounted).doesNotExist();
    }

    private static Process reader(Path mounted, String name) throws IOException {
        return new ProcessBuilder("cat", mounted.resolve(name).toString())
                .redirectInput(new java.io.File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
