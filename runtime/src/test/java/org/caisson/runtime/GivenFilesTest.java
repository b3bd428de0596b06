package org.caisson.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.AtFlags;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files and descriptors that others name, and what must not be done with them. */
class GivenFilesTest {
    @TempDir
    private Path directory;

    @Test
    void aPidFileIsReplacedAndNoLinkBesideItIsWrittenThrough() throws IOException {
        Path victim = Files.writeString(directory.resolve("victim"), "precious");
        Path file = directory.resolve("pid");
        for (String name : List.of("pid", ".pid.new", ".pid." + ProcessCalls.getpid())) {
            Files.createSymbolicLink(directory.resolve(name), victim);
        }

        PidFile.write(file, 42);

        assertThat(victim).hasContent("precious");
        assertThat(Files.isSymbolicLink(file)).isFalse();
        assertThat(file).hasContent("42");
    }

    @Test
    void aNodeInPlaceOfPasswdIsNotEvenOpened() throws Exception {
        Path passwd = Files.createDirectories(directory.resolve("etc")).resolve("passwd");
        FileCalls.mknodat(AtFlags.AT_FDCWD, passwd.toString(), 0010600, 0);
        // Whoever opens a pipe for writing waits until somebody opens it for reading.
        Process writer = new ProcessBuilder("sh", "-c", ": > " + passwd).start();
        try {
            TestHost.await(
                    "it waits",
                    () -> Files.readString(Path.of("/proc/" + writer.pid() + "/wchan"))
                                    .contains("wait_for_partner")
                            || Files.readString(Path.of("/proc/" + writer.pid() + "/stat"))
                                    .contains(") S "));

            assertThatThrownBy(() -> new UserLookup(directory).find("ann")).hasMessageContaining("is not in");

            assertThat(writer.waitFor(200, TimeUnit.MILLISECONDS)).isFalse();
        } finally {
            writer.destroyForcibly().waitFor();
        }
    }

    @Test
    void descriptorsOfTheJvmAreNotTheCallers() throws IOException {
        Path modules = Path.of(System.getProperty("java.home"), "lib/modules");
        try (OwnedFd own = FileCalls.open("/dev/null", OpenFlags.O_RDONLY);
                OwnedFd given = OwnedFd.own(FileCalls.fcntl(own.number(), FileCalls.F_DUPFD, 0))) {
            try (Inherited inherited = Inherited.of(given.number(), 1)) {
                assertThat(inherited.list()).hasSize(1);
            }
            for (int fd : new int[] {own.number(), descriptorOf(modules)}) {
                assertThatThrownBy(() -> Inherited.of(fd, 1))
                        .hasMessage(
                                "descriptor " + fd + " cannot be passed on: it is not open; give a smaller number of"
                                        + " descriptors to preserve");
            }
        }
    }

    private static int descriptorOf(Path file) throws IOException {
        try (var descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                if (Files.exists(descriptor) && Files.isSameFile(descriptor, file)) {
                    return Integer.parseInt(descriptor.getFileName().toString());
                }
            }
        }
        throw new AssertionError("the JVM has not opened " + file);
    }
}
