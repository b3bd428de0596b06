package org.caisson.emulation.sysctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
        "kernel/pid_max,300",
        "kernel/panic_on_oops,2",
        "kernel/kptr_restrict,3",
        "kernel/printk,1 2 x",
        "fs/protected_hardlinks,2",
        "kernel/keys/root_maxkeys,0"
    })
    void aValueThatTheKernelWouldRefuseIsInvalid(String entry, String value) throws IOException {
        String before = read(entry);

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> write(entry, value))
                .withMessageContaining("Invalid argument");
        assertThat(read(entry)).isEqualTo(before);
    }

    /** What kubelet, Docker and the files of Debian and systemd set. */
    @ParameterizedTest
    @CsvSource({
        "vm/overcommit_memory,1",
        "vm/panic_on_oom,0",
        "kernel/panic,10",
        "kernel/panic_on_oops,1",
        "kernel/keys/root_maxkeys,1000000",
        "kernel/keys/root_maxbytes,25000000",
        "kernel/pid_max,4194304",
        "fs/protected_fifos,1",
        "fs/protected_hardlinks,1",
        "fs/protected_regular,2",
        "fs/protected_symlinks,1",
        "kernel/core_uses_pid,1",
        "kernel/core_pattern,|/lib/systemd/systemd-coredump %P",
        "vm/swappiness,10"
    })
    void whatNodeSoftwareSetsIsTakenAndIsTheContainersOwn(String entry, String value) throws IOException {
        String host = host(entry);
        write(entry, value + "\n");

        assertThat(read(entry)).isEqualTo(value + "\n");
        assertThat(host(entry)).isEqualTo(host);
    }

    @Test
    void numbersThatAreNotWrittenStay() throws IOException {
        String[] before = read("kernel/printk").trim().split("\t", -1);
        write("kernel/printk", "2 3\n");

        assertThat(read("kernel/printk")).isEqualTo("2\t3\t" + before[2] + "\t" + before[3] + "\n");
    }

    @Test
    void theBootIsNotTheHosts() throws IOException {
        assertThat(read("kernel/random/boot_id")).isEqualTo(inside.bootId() + "\n");
    }

    /** tee(1) and others write on: {@code kernel.sysctl_writes_strict}. */
    @Test
    void aWriteBehindTheStartIsPassedOver() throws IOException {
        try (var file =
                new RandomAccessFile(mountPoint.resolve("sys/kernel/panic").toFile(), "rw")) {
            file.write("5\n".getBytes(StandardCharsets.UTF_8));
            file.write("6\n".getBytes(StandardCharsets.UTF_8));
            file.seek(1);
            assertThat(file.read()).isEqualTo('\n');
        }
        assertThat(read("kernel/panic")).isEqualTo("5\n");
    }

    @Test
    void readersBesideWritersSeeOneOrTheOther() throws Exception {
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        List<Thread> threads = new ArrayList<>();
        write("kernel/panic", "7\n");
        for (int i = 0; i < 4; i++) {
            String value = i % 2 == 0 ? "1000000\n" : "7\n";
            threads.add(Thread.ofPlatform()
                    .uncaughtExceptionHandler((_, e) -> failures.add(e))
                    .start(() -> {
                        try {
                            for (int round = 0; round < 200; round++) {
                                write("kernel/panic", value);
                                assertThat(read("kernel/panic")).isIn("1000000\n", "7\n");
                            }
                        } catch (IOException e) {
                            failures.add(e);
                        }
                    }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
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
        assertThat(names("")).doesNotHaveDuplicates().contains("fs", "kernel", "net", "vm");
        assertThat(names("net")).doesNotHaveDuplicates().contains("core", "ipv4");
        assertThat(names("kernel"))
                .doesNotHaveDuplicates()
                .contains("hostname", "domainname", "panic", "pid_max", "cap_last_cap", "ngroups_max", "random")
                .doesNotContain("ns_last_pid");
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
