package org.caisson.emulation.sysctl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What containers want of the host's values, on this host's own {@code fs.nr_open}, which is put back. */
class SharedHostSysctlsTest {
    private static final String PATH = "fs/nr_open";
    private static final String FILE = "/proc/sys/" + PATH;

    @TempDir
    Path scratch;

    private Path directory = Path.of("");

    private long before;

    @BeforeEach
    void note() throws IOException {
        Assumptions.assumeTrue(Files.isWritable(Path.of(FILE)), "the host's values cannot be set");
        before = host();
        directory = scratch.resolve("host");
    }

    @AfterEach
    void putBack() throws IOException {
        FileCalls.writeFile(FILE, Long.toString(before).getBytes(ISO_8859_1));
    }

    @Test
    void theHostHasTheLargestValueThatAnyoneWantsUntilTheLastEnds() throws Exception {
        HostSysctls one = SharedHostSysctls.in(directory);
        HostSysctls other = SharedHostSysctls.in(directory);
        one.want(PATH, before + 64);
        other.want(PATH, before + 640);
        assertThat(host()).isEqualTo(before + 640);

        other.close();
        assertThat(host()).isEqualTo(before + 64);
        one.close();
        assertThat(host()).isEqualTo(before);
        assertThat(directory).doesNotExist();
    }

    @Test
    void lessThanTheHostHasChangesNothing() throws Exception {
        try (HostSysctls one = SharedHostSysctls.in(directory)) {
            one.want(PATH, 1024L);
            assertThat(host()).isEqualTo(before);
            assertThat(directory).doesNotExist();
        }
    }

    @Test
    void whatSomebodyElseSetsMeanwhileStays() throws Exception {
        HostSysctls one = SharedHostSysctls.in(directory);
        one.want(PATH, before + 64);
        FileCalls.writeFile(FILE, Long.toString(before + 128).getBytes(ISO_8859_1));

        one.close();
        assertThat(host()).isEqualTo(before + 128);
    }

    @Test
    void whatAKilledProcessWantedIsGivenBackByTheNext() throws Exception {
        long killed = before + 64;
        Files.createDirectory(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(
                directory.resolve("host-sysctls"),
                "value " + PATH + " " + before + " " + killed + "\nwish 4194303:1:1 " + killed + "\n");
        FileCalls.writeFile(FILE, Long.toString(killed).getBytes(ISO_8859_1));

        SharedHostSysctls.in(directory).close();
        assertThat(host()).isEqualTo(before);
        assertThat(directory).doesNotExist();
    }

    @Test
    void oneThatEndedBetweenItsNoteAndItsChangeLeavesTheHostAsItIs() throws Exception {
        Files.createDirectory(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(
                directory.resolve("host-sysctls"),
                "value " + PATH + " " + (before - 64) + " " + (before + 64) + "\nwish 4194303:1:1 7\nodd line\n");

        SharedHostSysctls.in(directory).close();
        assertThat(host()).isEqualTo(before);
        assertThat(directory).doesNotExist();
    }

    @Test
    void whatTheKernelRefusesIsInvalidAndForgotten() throws Exception {
        try (HostSysctls one = SharedHostSysctls.in(directory)) {
            assertThatExceptionOfType(ErrnoException.class)
                    .isThrownBy(() -> one.want(PATH, 99999999999999L))
                    .withMessageContaining("EINVAL");
            assertThat(host()).isEqualTo(before);
            assertThat(directory).doesNotExist();
        }
    }

    @Test
    void aDirectoryThatOthersMayUseIsRefused() throws Exception {
        Files.createDirectory(directory);
        Files.writeString(directory.resolve("host-sysctls"), "value ../../etc/motd 1 2\nwish 1:1:1 2\n");
        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> SharedHostSysctls.in(directory))
                .withMessageContaining("not root's alone");
    }

    /** What the container sees is what it wrote; how far the host goes with it is bounded. */
    @Test
    void noContainerTakesTheHostPastABound() throws Exception {
        List<Long> wanted = new ArrayList<>();
        HostSysctls host = new HostSysctls() {
            @Override
            public void want(String path, long value) {
                wanted.add(value);
            }

            @Override
            public void close() {}
        };
        SysctlEntry entry = Objects.requireNonNull(new SysctlTable().entry(PATH));
        SysctlValues values = new SysctlValues(new FakeInside(), host, 65536);
        values.write(1, entry, "2147483584\n".getBytes(ISO_8859_1));
        assertThat(values.read(1, entry)).asString(ISO_8859_1).isEqualTo("2147483584\n");
        assertThat(wanted).containsExactly(1L << 20);
    }

    private static long host() throws IOException {
        return Long.parseLong(new String(FileCalls.readFile(FILE), ISO_8859_1).trim());
    }
}
