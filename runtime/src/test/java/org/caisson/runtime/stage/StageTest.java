package org.caisson.runtime.stage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.caisson.linux.Errno;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.seccomp.SeccompAction;
import org.caisson.linux.seccomp.SeccompFilter;
import org.caisson.linux.seccomp.SeccompListener;
import org.caisson.linux.seccomp.SeccompNotification;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the first stage builds, as the program inside sees it. */
@ExtendWith(FdLeakCheck.class)
class StageTest {
    private static final long SYS_ADMIN = 1L << 21;
    private static final long CHOWN = 1;

    @SuppressWarnings("NullAway.Init") // made before each test
    private BusyboxRoot root;

    StageTest() {}

    @BeforeEach
    void makeRoot() throws IOException {
        root = new BusyboxRoot().owned();
    }

    @AfterEach
    void removeRoot() throws IOException {
        root.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void exitStatusOfTheProgramIsHandedOn(boolean init) throws IOException {
        TestBox.Result result = TestBox.plan(root, "sh", "-c", "exit 7")
                .program(p -> p.init(init))
                .run();

        assertThat(result.status()).isEqualTo(7);
    }

    @Test
    void programHasNamespacesOfItsOwn() throws IOException {
        TestBox.Result result = TestBox.run(root, "hostname; id -u; id -g; echo $$; ls /; ifconfig -a | grep -c Link");

        assertThat(result.output().lines())
                .containsExactly("box", "0", "0", "1", "bin", "dev", "etc", "mnt", "proc", "sys", "tmp", "1");
    }

    @Test
    void loopbackComesUp() throws IOException {
        TestBox.Result result = TestBox.plan(root, "ifconfig", "lo")
                .inRoot(StageOrders::loopback)
                .run();

        assertThat(result.output()).contains("127.0.0.1").contains("UP LOOPBACK RUNNING");
    }

    @Test
    void missingProgramIsStatus127() throws IOException {
        try (TestBox box = TestBox.plan(root, "no-such-program").build()) {
            StageException e = catchThrowableOfType(StageException.class, box.process::start);

            assertThat(e.step()).isEqualTo(Step.EXEC);
            assertThat(e.errno()).isEqualTo(Errno.ENOENT);
            assertThat(e).hasMessage("cannot execute no-such-program: No such file or directory (ENOENT)");
            assertThat(box.process.awaitExit()).isEqualTo(127);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc", "/etc/secret", "secret"})
    void programThatCannotBeExecutedIsStatus126(String name) throws IOException {
        try (TestBox box = TestBox.plan(root, name)
                .program(p -> p.environment(List.of("PATH=/nowhere:/etc")))
                .build()) {
            assertThatThrownBy(box.process::start)
                    .isInstanceOfSatisfying(
                            StageException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EACCES));
            assertThat(box.process.awaitExit()).isEqualTo(126);
        }
    }

    @Test
    void failingStepTellsStepErrnoAndPath() {
        StageException e = catchThrowableOfType(
                StageException.class,
                () -> TestBox.plan(root, "true")
                        .inRoot(o -> o.mount("x", "/mnt", "no-such-type", 0, "", MountPoint.MUST_EXIST))
                        .build());

        assertThat(e.step()).isEqualTo(Step.MOUNT);
        assertThat(e.errno()).isEqualTo(Errno.ENODEV);
        assertThat(e.path()).isEqualTo("/mnt");
    }

    @Test
    void missingStageIsAFailureToSpawn() {
        assertThatThrownBy(() -> Stage.spawn("/no/such/stage", 0, 1, 2))
                .isInstanceOf(StageException.class)
                .hasMessageContaining("/no/such/stage")
                .hasMessageContaining("ENOENT");
    }

    @Test
    void mountsDirectoriesFilesAndLinksAppear() throws IOException {
        Path data = Files.createDirectory(root.path.resolve("host-data"));
        Files.writeString(data.resolve("file"), "from the host\n");
        try {
            TestBox.Result result = TestBox.plan(
                            root,
                            "sh",
                            "-c",
                            "cat /a/b/c/file; stat -c '%a %u:%g' /x/y; readlink /link; stat -c %a /x/f; touch /a/b/c/no 2>/dev/null || echo ro;"
                                    + "stat -f -c %T /mnt; echo >/dev/null && echo device")
                    .inRoot(o -> o.bind(
                                    data.toString(),
                                    "/a/b/c",
                                    true,
                                    MountAttributes.READ_ONLY,
                                    0,
                                    Propagation.PRIVATE,
                                    MountPoint.MAKE_LIKE_SOURCE)
                            .directory("/x/y", 01777, 5, 6)
                            .file("/x/f", 0600, -1, -1)
                            .symlink("/etc/secret", "/link")
                            .mount("tmpfs", "/mnt", "tmpfs", 0, "size=64k,mode=755", MountPoint.MUST_EXIST))
                    .run();

            assertThat(result.output().lines())
                    .containsExactly("from the host", "1777 5:6", "/etc/secret", "600", "ro", "tmpfs", "device");
        } finally {
            Files.delete(data.resolve("file"));
            Files.delete(data);
        }
    }

    @Test
    void maskedPathsAreEmptyAndReadOnlyPathsRefuseWriting() throws IOException {
        TestBox.Result result = TestBox.plan(
                        root,
                        "sh",
                        "-c",
                        "wc -c </etc/secret; ls /mnt | wc -l; touch /mnt/x 2>&1; touch /tmp/x 2>&1; touch /proc/sys/x 2>&1;"
                                + "echo 1 2>&1 >/proc/sys/net/ipv4/ip_forward")
                .inRoot(o -> o.mask("/etc/secret")
                        .directory("/mnt/hidden", 0755, -1, -1)
                        .mask("/mnt")
                        .mask("/no/such/thing")
                        .readOnly("/tmp")
                        .readOnly("/proc/sys")
                        .readOnly("/no/such/thing"))
                .run();

        assertThat(result.output().lines().map(String::strip))
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("0"),
                        line -> assertThat(line).isEqualTo("0"),
                        line -> assertThat(line).contains("Read-only file system"),
                        line -> assertThat(line).contains("Read-only file system"),
                        line -> assertThat(line).contains("/proc/sys/x"),
                        line -> assertThat(line).contains("Read-only file system"));
    }

    @Test
    void sysctlsAndDomainNameAreSet() throws IOException {
        TestBox.Result result = TestBox.plan(
                        root, "cat", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/kernel/domainname")
                .inRoot(o -> o.sysctl("net.ipv4.ip_forward", "1").domainname("example.org"))
                .run();

        assertThat(result.output()).isEqualTo("1\nexample.org\n");
    }

    @Test
    void userGroupsMaskAndDirectoryAreTheProgramsOwn() throws IOException {
        TestBox.Result result = TestBox.plan(root, "sh", "-c", "id -u; id -g; id -G; umask; pwd")
                .program(p -> p.user(1000, 1001, 1002, 1003).umask(0027).workingDirectory("/tmp"))
                .run();

        assertThat(result.output().lines()).containsExactly("1000", "1001", "1001 1002 1003", "0027", "/tmp");
    }

    @Test
    void missingWorkingDirectoryIsAnError() {
        assertThatThrownBy(() -> TestBox.plan(root, "true")
                        .program(p -> p.workingDirectory("/no/such/directory"))
                        .build())
                .isInstanceOf(StageException.class)
                .hasMessageStartingWith("cannot change to the working directory /no/such/directory");
    }

    @Test
    void capabilitiesAreExactlyTheOnesAskedFor() throws IOException {
        TestBox.Result result = TestBox.plan(root, "grep", "^Cap", "/proc/self/status")
                .program(p -> p.capabilities(SYS_ADMIN | CHOWN, SYS_ADMIN | CHOWN, SYS_ADMIN | CHOWN, CHOWN, CHOWN))
                .run();

        assertThat(result.output().lines().map(line -> line.replaceAll("\\s+", " ")))
                .containsExactly(
                        "CapInh: 0000000000000001",
                        "CapPrm: 0000000000200001",
                        "CapEff: 0000000000200001",
                        "CapBnd: 0000000000200001",
                        "CapAmb: 0000000000000001");
    }

    @Test
    void otherUserKeepsOnlyAmbientCapabilities() throws IOException {
        TestBox.Result result = TestBox.plan(root, "grep", "CapEff", "/proc/self/status")
                .program(p -> p.user(1000, 1000).capabilities(CHOWN, CHOWN, CHOWN, CHOWN, CHOWN))
                .run();

        assertThat(result.output()).contains("0000000000000001");
    }

    @Test
    void whatMayNotBeHadIsAWarning() throws IOException {
        try (TestBox box = TestBox.plan(root, "true")
                .inRoot(o -> o.resourceLimit(7, 1L << 30, 1L << 30).oomScore(-999))
                .start()) {
            assertThat(box.process.awaitExit()).isZero();
            assertThat(box.process.warnings())
                    .extracting(StageException::step)
                    .containsExactlyInAnyOrder(Step.RLIMIT, Step.OOM_SCORE);
        }
    }

    @Test
    void limitsAreSet() throws IOException {
        TestBox.Result result = TestBox.plan(root, "sh", "-c", "ulimit -n; ulimit -c; cat /proc/self/oom_score_adj")
                .inRoot(o -> o.resourceLimit(7, 20, 30).resourceLimit(4, 0, 0).oomScore(500))
                .run();

        assertThat(result.output().lines()).containsExactly("20", "0", "500");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ownFilterHoldsWithAndWithoutNoNewPrivileges(boolean noNewPrivileges) throws IOException {
        byte[] filter = SeccompFilter.builder(SeccompAction.ALLOW)
                .on(SyscallNumbers.MKDIR, SeccompAction.errno(Errno.EXDEV))
                .build()
                .program();
        TestBox.Result result = TestBox.plan(
                        root, "sh", "-c", "mkdir /tmp/x 2>&1; grep -E 'NoNewPrivs|Seccomp:|CapEff' /proc/self/status")
                .program(p ->
                        p.noNewPrivileges(noNewPrivileges).seccomp(filter, 0).capabilities(0, 0, 0, 0, 0))
                .run();

        assertThat(result.output())
                .contains("Invalid cross-device link")
                .containsPattern("NoNewPrivs:\\s+" + (noNewPrivileges ? 1 : 0))
                .containsPattern("Seccomp:\\s+2")
                .containsPattern("CapEff:\\s+0000000000000000");
    }

    @Test
    void notifyListenerReceivesTheProgramsCalls() throws IOException {
        byte[] filter = SeccompFilter.builder(SeccompAction.ALLOW)
                .on(SyscallNumbers.MKDIR, SeccompAction.NOTIFY)
                .build()
                .program();
        byte[] own = SeccompFilter.builder(SeccompAction.ALLOW)
                .on(SyscallNumbers.SENDMSG, SeccompAction.errno(Errno.EPERM))
                .build()
                .program();
        try (TestBox box = TestBox.plan(root, "sh", "-c", "mkdir /tmp/x 2>&1")
                .program(p -> p.init(true).seccompNotify(filter).seccomp(own, 0))
                .start()) {
            OwnedFd descriptor = requireNonNull(box.process.seccompListener());
            try (Arena arena = Arena.ofConfined();
                    SeccompListener listener = new SeccompListener(descriptor.duplicate())) {
                SeccompNotification call = listener.newNotification(arena);
                TestBox.awaitReadable(descriptor);
                assertThat(listener.receive(call)).isTrue();
                assertThat(call.syscall()).isEqualTo(SyscallNumbers.MKDIR);
                assertThat(listener.fail(call.id(), Errno.EDQUOT)).isTrue();
            }
            assertThat(box.readToEnd()).contains("quota exceeded");
        }
    }

    @Test
    void terminalIsTheContainersOwn() throws IOException {
        try (TestBox box = TestBox.plan(
                        root,
                        "sh",
                        "-c",
                        "tty; stty size; readlink /proc/self/fd/0; stat -c %u /dev/pts/0;"
                                + "cat </dev/console; exit 3")
                .inRoot(o -> o.mount(
                                "devpts",
                                "/dev/pts",
                                "devpts",
                                10,
                                "newinstance,ptmxmode=0666,mode=0620",
                                MountPoint.MAKE_DIRECTORY)
                        .symlink("pts/ptmx", "/dev/ptmx")
                        .file("/dev/console", 0600, -1, -1))
                .program(p -> p.terminal(33, 77))
                .start()) {
            OwnedFd master = requireNonNull(box.process.terminal());
            StringBuilder text = new StringBuilder();
            while (!text.toString().contains("\n0\r\n")) {
                text.append(new String(requireNonNull(TestBox.readSome(master)), StandardCharsets.UTF_8));
            }
            assertThat(text.toString().lines()).containsExactly("/dev/pts/0", "33 77", "/dev/pts/0", "0");

            FileCalls.writeFully(master.number(), "hello\n\004".getBytes(StandardCharsets.UTF_8));
            assertThat(box.process.awaitExit()).isEqualTo(3);
        }
    }

    @Test
    void aTerminalIsTakenFromTheKernelsDriverOnly() {
        for (String other : List.of("/etc/secret", "/dev/null")) {
            StageException e = catchThrowableOfType(
                    StageException.class,
                    () -> TestBox.plan(root, "true")
                            .inRoot(o -> o.symlink(other, "/dev/ptmx"))
                            .program(p -> p.terminal(0, 0))
                            .build());

            assertThat(e.step()).isEqualTo(Step.TERMINAL);
            assertThat(e.errno()).as(other).isEqualTo(Errno.ENODEV);
        }
    }

    @Test
    void interruptFromTheTerminalReachesTheForegroundProgram() throws IOException {
        try (TestBox box = TestBox.plan(root, "sh", "-c", "echo ready; sleep 1000")
                .inRoot(o -> o.mount(
                                "devpts",
                                "/dev/pts",
                                "devpts",
                                10,
                                "newinstance,ptmxmode=0666",
                                MountPoint.MAKE_DIRECTORY)
                        .symlink("pts/ptmx", "/dev/ptmx"))
                .program(p -> p.terminal(0, 0).init(true))
                .start()) {
            OwnedFd master = requireNonNull(box.process.terminal());
            assertThat(TestBox.readSome(master))
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo("ready\r\n");

            FileCalls.writeFully(master.number(), new byte[] {3});
            assertThat(box.process.awaitExit()).isEqualTo(130);
        }
    }

    @Test
    void inheritedDescriptorsStartAtThree() throws IOException {
        try (OwnedFd secret = FileCalls.open(root.path.resolve("etc/secret").toString(), 0);
                OwnedFd other = FileCalls.open(root.path.resolve("etc").toString(), 0)) {
            TestBox.Result result = TestBox.plan(root, "sh", "-c", "cat <&4; ls /proc/self/fd | wc -l")
                    .program(p -> p.inherit(List.of(other, secret)))
                    .run();

            assertThat(result.output().lines().map(String::strip)).containsExactly("secret", "6");
        }
    }

    @Test
    void joinedProgramRunsInsideTheContainer() throws IOException {
        try (TestBox box = TestBox.plan(root, "sh").start()) {
            NamespaceOrders join = new NamespaceOrders()
                    .joinProcess(
                            box.process.pidfd(),
                            Set.of(
                                    Namespace.USER,
                                    Namespace.MOUNT,
                                    Namespace.PID,
                                    Namespace.UTS,
                                    Namespace.IPC,
                                    Namespace.NETWORK));
            TestBox.Result result = TestBox.plan(
                            root,
                            "sh",
                            "-c",
                            "hostname; id -u; readlink /proc/1/ns/mnt; readlink /proc/self/ns/mnt; exit 4")
                    .namespaces(join)
                    .bare()
                    .run();

            List<String> lines = result.output().lines().toList();
            assertThat(result.status()).isEqualTo(4);
            assertThat(lines.subList(0, 2)).containsExactly("box", "0");
            assertThat(lines.get(2)).isEqualTo(lines.get(3));
        }
    }

    @Test
    void severalIdMapsMayBeGiven() throws IOException {
        List<IdMap> maps = List.of(new IdMap(0, BusyboxRoot.BASE, 1000), new IdMap(1000, BusyboxRoot.BASE + 5000, 10));
        TestBox.Result result = TestBox.plan(
                        root, "sh", "-c", "cat /proc/self/uid_map | wc -l; cat /proc/self/timens_offsets")
                .namespaces(new NamespaceOrders()
                        .create(TestBox.ALL_NAMESPACES)
                        .create(Namespace.TIME)
                        .timeOffsets("boottime 1000000 0")
                        .idMaps(maps, maps))
                .run();

        assertThat(result.output().lines().map(line -> line.strip().replaceAll(" +", " ")))
                .containsExactly("2", "monotonic 0 0", "boottime 1000000 0");
    }

    @Test
    void hookSeesTheContainerAndItsFailureIsTheBuilds() throws IOException {
        TestBox.Result result = TestBox.plan(root, "cat", "/tmp/seen")
                .inRoot(o -> o.hook(
                        "/bin/sh", List.of("sh", "-c", "cat >" + root.path + "/tmp/seen"), List.of(), "state", 10))
                .run();
        assertThat(result.output()).isEqualTo("state");
        result = TestBox.plan(root, "cat", "/tmp/mask")
                .inRoot(o -> o.hook(
                        "/bin/sh", List.of("sh", "-c", "umask >" + root.path + "/tmp/mask"), List.of(), "state", 10))
                .run();
        assertThat(result.output()).isEqualTo("0022\n");

        assertThatThrownBy(() -> TestBox.plan(root, "true")
                        .inRoot(o -> o.hook("/bin/false", List.of("false"), List.of(), "", 0))
                        .build())
                .isInstanceOf(StageException.class)
                .hasMessageStartingWith("cannot run the hook /bin/false");
        assertThatThrownBy(() -> TestBox.plan(root, "true")
                        .inRoot(o -> o.hook("/bin/sleep", List.of("sleep", "1000"), List.of(), "", 1))
                        .build())
                .isInstanceOfSatisfying(
                        StageException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ETIMEDOUT));
    }

    @Test
    void cgroupHookRunsBeforeAnyStep() throws IOException {
        int[] seen = new int[1];
        FileCalls.Pipe out = FileCalls.pipe2(0);
        try (out;
                Stage stage = Stage.spawn(TestBox.binary(), 0, out.writer().number(), 2)) {
            stage.unshare(new NamespaceOrders()
                    .create(TestBox.ALL_NAMESPACES)
                    .idMaps(List.of(new IdMap(0, BusyboxRoot.BASE, 10)), List.of(new IdMap(0, BusyboxRoot.BASE, 10))));
            try (ContainerProcess process =
                    stage.build(TestBox.plan(root, "true").orders(), pid -> seen[0] = pid)) {
                assertThat(process.pid()).isEqualTo(seen[0]);
                process.start();
                assertThat(process.awaitExit()).isZero();
            }
        }
    }
}
