package org.caisson.emulation.sysctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.caisson.fuse.FuseServer;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticFileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tree of sysctls as the kernel shows it over FUSE. */
@ExtendWith(FdLeakCheck.class)
class SysctlTreeTest {
    private static final List<String> OWN =
            List.of("kernel/panic", "kernel/pid_max", "fs/file-max", "net/core/somaxconn", "vm/overcommit_memory");

    private final FakeInside inside = new FakeInside();

    @TempDir
    Path mountPoint;

    private FuseServer server;

    @BeforeEach
    void serve() throws ErrnoException {
        VirtualFileSystem files = new VirtualFileSystem();
        SyntheticDirectory root = SyntheticDirectory.builder()
                .add("sys", SysctlDirectory.root(inside))
                .build();
        server = FuseServer.builder(
                        files,
                        files.newMountNamespace(SyntheticFileSystem.proc(root)).root())
                .name("sysctl-test")
                .threads(2)
                .build();
        server.mountAt(mountPoint.toString());
        server.start();
    }

    @AfterEach
    void end() {
        server.close();
    }

    @Test
    void anOwnValueStartsWithTheHostsAndIsTheContainersOnceWritten() throws IOException {
        for (String entry : OWN) {
            String host = host(entry);
            assertThat(read(entry)).as(entry).isEqualTo(host);
            String other = entry.equals("kernel/pid_max") ? "4321\n" : "1\n";
            write(entry, other);

            assertThat(read(entry)).as(entry).isEqualTo(other);
            assertThat(host(entry)).as("the host's " + entry).isEqualTo(host);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "vm/overcommit_memory,3",
        "vm/overcommit_memory,-1",
        "net/core/somaxconn,-1",
        "kernel/panic,x",
        "kernel/pid_max,300"
    })
    void aValueThatTheKernelWouldRefuseIsInvalid(String entry, String value) throws IOException {
        String before = read(entry);

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> write(entry, value))
                .withMessageContaining("Invalid argument");
        assertThat(read(entry)).isEqualTo(before);
    }

    @Test
    void namespacedEntriesPassThrough() throws IOException {
        assertThat(read("net/ipv4/ip_forward")).isEqualTo("0\n");
        write("net/ipv4/ip_forward", "1\n");

        assertThat(inside.content("sys/net/ipv4/ip_forward")).isEqualTo("1\n");
    }

    @Test
    void whatTheKernelRefusesInsideIsRefused() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> write(FakeInside.READ_ONLY.substring("sys/".length()), "6\n"))
                .withMessageContaining("Permission denied");
    }

    @ParameterizedTest
    @CsvSource({"kernel/hostname,box", "kernel/domainname,example"})
    void namesAreTheNamespacesOwn(String entry, String name) throws IOException {
        write(entry, name + "\nrest");

        assertThat(read(entry)).isEqualTo(name + "\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"kernel/cap_last_cap", "kernel/ngroups_max"})
    void theHostsConstantsCannotBeWritten(String entry) throws IOException {
        assertThat(read(entry)).isEqualTo(host(entry));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> write(entry, "1\n"))
                .withMessageContaining(mountPoint.toString());
    }

    @Test
    void directoriesListOwnAndNamespacedEntriesOnce() throws IOException {
        assertThat(names("")).containsExactlyInAnyOrder("fs", "kernel", "net", "vm");
        assertThat(names("net")).containsExactlyInAnyOrder("core", "ipv4");
        assertThat(names("kernel"))
                .containsExactlyInAnyOrder("hostname", "domainname", "panic", "pid_max", "cap_last_cap", "ngroups_max");
    }

    @Test
    void unknownEntriesDoNotExist() {
        assertThat(mountPoint.resolve("sys/" + FakeInside.HOSTS)).doesNotExist();
        assertThat(mountPoint.resolve("sys/net/nothing")).doesNotExist();
        assertThat(mountPoint.resolve("sys/vmx")).doesNotExist();
    }

    /** In one read(2): a sysctl of the kernel answers the second one of a slow reader with its end. */
    private static String host(String entry) throws IOException {
        return new String(FileCalls.readFile("/proc/sys/" + entry), StandardCharsets.UTF_8);
    }

    private String read(String entry) throws IOException {
        return Files.readString(mountPoint.resolve("sys").resolve(entry));
    }

    private void write(String entry, String value) throws IOException {
        Files.writeString(mountPoint.resolve("sys").resolve(entry), value, StandardOpenOption.WRITE);
    }

    private List<String> names(String directory) throws IOException {
        try (Stream<Path> entries = Files.list(mountPoint.resolve("sys").resolve(directory))) {
            return entries.map(path -> path.getFileName().toString()).toList();
        }
    }
}
