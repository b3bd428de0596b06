package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.caisson.linux.FdLeakCheck;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Locks on a served directory of the host, between programs there and programs that do not come through the mount. */
@ExtendWith(FdLeakCheck.class)
class HostLocksTest {
    /** Says what came of a lock that is not waited for, then waits for one and says so. */
    private static final String ASK = """
            import fcntl, sys
            f = open(sys.argv[1], 'r+')
            def lock(how):
                if sys.argv[2] == 'flock': fcntl.flock(f, how)
                else: fcntl.lockf(f, how, 10, 5)
            try:
                lock(fcntl.LOCK_EX | fcntl.LOCK_NB)
                print('free', flush=True)
            except BlockingIOError:
                print('locked', flush=True)
                lock(fcntl.LOCK_EX)
                print('mine', flush=True)
            sys.stdin.readline()
            """;

    @TempDir
    Path scratch = Path.of("");

    /** A program that asks for a lock; it keeps it until it is told to end. */
    private static final class Asker implements AutoCloseable {
        private final Process process;
        private final BufferedReader told;

        Asker(Path file, String kind) throws IOException {
            process = new ProcessBuilder(List.of("python3", "-c", ASK, file.toString(), kind))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            told = process.inputReader(StandardCharsets.US_ASCII);
        }

        String next() throws IOException {
            return told.readLine();
        }

        @Override
        public void close() throws IOException {
            process.getOutputStream().close();
            process.onExit().join();
        }
    }

    @ParameterizedTest
    @CsvSource({"flock, true", "flock, false", "lockf, true", "lockf, false"})
    void whoIsOutsideAndWhoIsInsideWaitForOneAnother(String kind, boolean insideFirst) throws Exception {
        Path shown = Files.createDirectory(scratch.resolve("shown"));
        Path outside = Files.writeString(shown.resolve("file"), "content");
        try (HostFileSystem host = HostFileSystem.open(shown.toString(), HostOptions.DEFAULT);
                MountedTree tree = MountedTree.of(host, builder -> builder.ownLocks(true))) {
            Path inside = Path.of(tree.at("file"));
            Asker first = new Asker(insideFirst ? inside : outside, kind);
            assertThat(first.next()).isEqualTo("free");
            try (Asker second = new Asker(insideFirst ? outside : inside, kind)) {
                assertThat(second.next()).isEqualTo("locked");
                first.close();
                assertThat(second.next()).isEqualTo("mine");
                try (Asker third = new Asker(insideFirst ? inside : outside, kind)) {
                    assertThat(third.next()).isEqualTo("locked");
                    third.process.destroy();
                }
            }
        }
    }
}
