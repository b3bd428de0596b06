package org.caisson.runtime.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.caisson.emulation.agent.AgentConnection;
import org.caisson.emulation.agent.AgentFiles;
import org.caisson.emulation.agent.MountPart;
import org.caisson.linux.CloneFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the agent does inside a container, as the container's shell sees it. */
@ExtendWith(FdLeakCheck.class)
class AgentTest {
    private static final long READ_ONLY = 1;
    private static final MountPart UPTIME = new MountPart("/proc/uptime", "uptime", true);
    private static final List<MountPart> PARTS =
            List.of(UPTIME, new MountPart("/proc/sys", "sys", true), new MountPart("/proc/no-such", "no-such", false));

    @SuppressWarnings("NullAway.Init") // made before each test
    private BusyboxRoot root;

    @SuppressWarnings("NullAway.Init") // made before each test
    private TestBox box;

    @SuppressWarnings("NullAway.Init") // made before each test
    private AgentConnection agent;

    AgentTest() {}

    @BeforeEach
    void startContainer() throws IOException {
        root = new BusyboxRoot();
        Files.writeString(root.path.resolve("etc/uptime"), "emulated\n");
        root.owned();
        box = TestBox.plan(root, "sh")
                .lockedProc(o -> o.bind(
                                root.path + "/etc/uptime",
                                TestBox.KERNEL + "/proc/uptime",
                                false,
                                0,
                                0,
                                Propagation.PRIVATE,
                                MountPoint.MUST_EXIST)
                        .bind(
                                root.path + "/etc",
                                TestBox.KERNEL + "/proc/sys",
                                false,
                                0,
                                0,
                                Propagation.PRIVATE,
                                MountPoint.MUST_EXIST)
                        .mount("sysfs", TestBox.KERNEL + "/sys", "sysfs", 14, "", MountPoint.MAKE_DIRECTORY))
                .inRoot(o -> o.mount("sysfs", "/sys", "sysfs", 14, "", MountPoint.MUST_EXIST)
                        .rawSys())
                .program(p -> p.init(true))
                .start();
        agent = box.process.agent();
    }

    @AfterEach
    void endContainer() throws IOException {
        box.close();
        root.close();
    }

    @Test
    void readsAndWritesTheContainersParametersUnderWhateverCoversThem() throws IOException {
        byte[] hosts = Files.readAllBytes(Path.of("/proc/sys/net/core/somaxconn"));

        assertThat(agent.proc().write("sys/net/core/somaxconn", ascii("77\n"))).isEqualTo(3);

        assertThat(agent.proc().read("sys/net/core/somaxconn", 100)).asString().isEqualTo("77\n");
        assertThat(agent.proc().read(ascii("version"), 1, 4)).asString().isEqualTo("inux");
        assertThat(Files.readAllBytes(Path.of("/proc/sys/net/core/somaxconn"))).isEqualTo(hosts);
    }

    @Test
    void listsStatsAndReadsLinks() throws IOException {
        assertThat(agent.proc().list("sys")).extracting(AgentFiles.Entry::text).contains("kernel", "net", "vm");
        assertThat(agent.proc().list(""))
                .extracting(AgentFiles.Entry::text)
                .contains("1", "uptime")
                .doesNotContain(".");
        AgentFiles.FileStatus status = agent.proc().stat("sys/kernel/hostname");
        assertThat(status.mode()).isEqualTo(0100644);
        assertThat(status.links()).isEqualTo(1);
        assertThat(agent.proc().stat("sys").mode()).isEqualTo(0040555);
        assertThat(agent.proc().readLink(ascii("mounts"))).asString().isEqualTo("self/mounts");
        assertThat(agent.sys().list("class/net"))
                .extracting(AgentFiles.Entry::text)
                .containsExactly("lo");
    }

    @Test
    void directoryLargerThanAMessageIsListedWhole() throws IOException {
        assertThat(agent.sys().list("module").size()).isEqualTo(requireList(Path.of("/sys/module")));
    }

    @Test
    void errnoComesBack() {
        assertErrno(Errno.ENOENT, () -> agent.proc().read("sys/no/such", 100));
        assertErrno(Errno.EINVAL, () -> agent.proc().write("sys/net/core/somaxconn", ascii("nonsense")));
        assertErrno(Errno.EACCES, () -> agent.proc().write("sys/vm/swappiness", ascii("1")));
        assertErrno(Errno.EACCES, () -> agent.proc().write("sys/kernel/hostname", ascii("renamed")));
        assertErrno(Errno.ENOTDIR, () -> agent.proc().list("uptime"));
        assertErrno(Errno.EISDIR, () -> agent.proc().read("sys", 10));
    }

    @Test
    void pathsCannotLeaveTheRawFileSystem() throws IOException {
        String shell = box.command("echo $$").output();

        assertErrno(Errno.EXDEV, () -> agent.proc().read("../etc/secret", 100));
        assertErrno(Errno.EXDEV, () -> agent.proc().read("/etc/secret", 100));
        assertErrno(Errno.ELOOP, () -> agent.proc().read(shell + "/root/etc/secret", 100));
        assertErrno(Errno.ELOOP, () -> agent.proc().read(shell + "/cwd/etc/secret", 100));
    }

    @Test
    void sizesAreBounded() throws IOException {
        assertThat(agent.proc().read("kallsyms", 1 << 30)).hasSizeLessThanOrEqualTo(64 * 1024);
        assertErrno(Errno.EMSGSIZE, () -> agent.proc().write("sys/kernel/hostname", new byte[100_000]));
        assertErrno(Errno.ENAMETOOLONG, () -> agent.proc().read("a".repeat(5000), 10));
        assertThat(agent.proc().read("sys/kernel/hostname", 3)).asString().isEqualTo("box");
    }

    @Test
    void requestMayBeDoneInOtherNamespaces() throws IOException {
        box.command("unshare -n sh -c 'echo $$ >/tmp/pid; sleep 1000' &");
        box.command("while ! [ -s /tmp/pid ]; do sleep 0.01; done; echo 55 >/dev/null");
        int inside =
                Integer.parseInt(Files.readString(root.path.resolve("tmp/pid")).strip());
        try (OwnedFd namespace = inBox("/proc/" + inside + "/ns/net", OpenFlags.O_RDONLY)) {
            AgentFiles other = agent.proc().in(namespace, CloneFlags.CLONE_NEWNET);

            other.write("sys/net/ipv4/ip_forward", ascii("1"));

            assertThat(other.read("sys/net/ipv4/ip_forward", 10)).asString().isEqualTo("1\n");
            assertThat(agent.proc().read("sys/net/ipv4/ip_forward", 10))
                    .asString()
                    .isEqualTo("0\n");
            assertErrno(
                    Errno.EBADMSG,
                    () -> agent.proc().in(namespace, CloneFlags.CLONE_NEWUSER).read("uptime", 10));
        }
    }

    /** The way back into a namespace of the host's is shut: whoever asks must still be served, and the box live on. */
    @Test
    void requestMayLeaveANamespaceThatIsTheHosts() throws IOException {
        box.close();
        List<IdMap> map = List.of(new IdMap(0, BusyboxRoot.BASE, 65536));
        box = TestBox.plan(root, "sh")
                .namespaces(new NamespaceOrders()
                        .create(Namespace.USER, Namespace.MOUNT, Namespace.PID, Namespace.UTS, Namespace.IPC)
                        .idMaps(map, map))
                .program(p -> p.init(true))
                .start();
        agent = box.process.agent();
        box.command("unshare -n sh -c 'echo $$ >/tmp/pid; sleep 1000' &");
        box.command("while ! [ -s /tmp/pid ]; do sleep 0.01; done");
        int inside =
                Integer.parseInt(Files.readString(root.path.resolve("tmp/pid")).strip());
        byte[] hosts = agent.proc().read("sys/net/core/somaxconn", 10);
        try (OwnedFd namespace = inBox("/proc/" + inside + "/ns/net", OpenFlags.O_RDONLY)) {
            AgentFiles other = agent.proc().in(namespace, CloneFlags.CLONE_NEWNET);
            for (int i = 0; i < 3; i++) {
                other.write("sys/net/core/somaxconn", ascii("7" + i));
                assertThat(other.read("sys/net/core/somaxconn", 10)).asString().isEqualTo("7" + i + "\n");
            }
            assertErrno(Errno.ENOENT, () -> other.read("sys/net/no/such", 10));
            assertThat(agent.proc().read("sys/net/core/somaxconn", 10)).isEqualTo(hosts);
        }
        assertThat(box.command("echo alive").output()).isEqualTo("alive");
    }

    @Test
    void manyThreadsMayAskAtOnce() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                String path = i % 2 == 0 ? "sys/kernel/hostname" : "sys/kernel/ostype";
                answers.add(threads.submit(() -> new String(agent.proc().read(path, 100), StandardCharsets.US_ASCII)));
            }
            for (int i = 0; i < 400; i++) {
                assertThat(answers.get(i).get()).isEqualTo(i % 2 == 0 ? "box\n" : "Linux\n");
            }
        }
    }

    @Test
    void freshProcGetsTheContainersEmulation() throws IOException {
        mountProc("/mnt", 0);

        assertThat(box.command("cat /mnt/uptime /mnt/sys/uptime; grep -c Name /mnt/1/status")
                        .output())
                .isEqualTo("emulated\nemulated\n1");
        assertThat(box.command("grep -c ' /mnt' /proc/self/mountinfo").output()).isEqualTo("3");
    }

    @Test
    void freshProcOfANestedContainerShowsItsOwnProcesses() throws IOException {
        box.command("unshare -U -m -p -f sh -c 'echo >/tmp/ready; sleep 1000' &");
        box.command("while ! [ -e /tmp/ready ]; do sleep 0.01; done");
        String shell = box.command("grep -l '^Name:.sleep' /proc/[0-9]*/status").output();
        String pid = shell.split("/", 0)[2];
        try (OwnedFd mounts = inBox("/proc/" + pid + "/ns/mnt", OpenFlags.O_RDONLY);
                OwnedFd pids = inBox("/proc/" + pid + "/ns/pid", OpenFlags.O_RDONLY);
                OwnedFd target = inBox("/proc/" + pid + "/root/mnt", OpenFlags.O_PATH)) {
            agent.mountProc(mounts, pids, target, 0, "", PARTS);
        }
        assertThat(box.command("cat /proc/" + pid + "/root/mnt/uptime; ls -d /proc/" + pid + "/root/mnt/[0-9]* | wc -l")
                        .output())
                .isEqualTo("emulated\n1");
    }

    @Test
    void readOnlyHoldsForThePartsToo() throws IOException {
        mountProc("/mnt", READ_ONLY);

        assertThat(box.command("touch /mnt/sys/x 2>&1").output()).contains("Read-only");
        try (OwnedFd mounts = inBox("/proc/1/ns/mnt", OpenFlags.O_RDONLY);
                OwnedFd target = inBox("/proc/1/root/mnt", OpenFlags.O_PATH)) {
            agent.change(mounts, target, 0, READ_ONLY, PARTS);
        }
        assertThat(box.command("touch /mnt/sys/x && rm /mnt/sys/x").status()).isZero();
    }

    @Test
    void failedMountLeavesNothing() throws IOException {
        String before = box.command("cat /proc/self/mountinfo").output();
        try (OwnedFd mounts = inBox("/proc/1/ns/mnt", OpenFlags.O_RDONLY);
                OwnedFd pids = inBox("/proc/1/ns/pid", OpenFlags.O_RDONLY);
                OwnedFd file = inBox("/proc/1/root/etc/secret", OpenFlags.O_PATH);
                OwnedFd directory = inBox("/proc/1/root/mnt", OpenFlags.O_PATH)) {
            assertErrno(Errno.EINVAL, () -> agent.mountProc(mounts, pids, file, 0, "", PARTS));
            assertErrno(Errno.EINVAL, () -> agent.mountProc(mounts, pids, directory, 0, "nonsense=1", PARTS));
            assertErrno(Errno.EINVAL, () -> agent.mountProc(pids, pids, directory, 0, "", PARTS));
            List<MountPart> missing = List.of(UPTIME, new MountPart("/no/such", "loadavg", true));
            assertErrno(Errno.ENOENT, () -> agent.mountProc(mounts, pids, directory, 0, "", missing));
        }
        assertThat(box.command("cat /proc/self/mountinfo").output()).isEqualTo(before);
    }

    @Test
    void sysOfTheCallersNetworkIsMounted() throws IOException {
        try (OwnedFd mounts = inBox("/proc/1/ns/mnt", OpenFlags.O_RDONLY);
                OwnedFd network = inBox("/proc/1/ns/net", OpenFlags.O_RDONLY);
                OwnedFd target = inBox("/proc/1/root/mnt", OpenFlags.O_PATH)) {
            agent.mountSys(mounts, network, target, 0, "", List.of(new MountPart("/proc/sys", "kernel", true)));
        }
        assertThat(box.command("ls /mnt/class/net; cat /mnt/kernel/uptime").output())
                .isEqualTo("lo\nemulated");
    }

    @Test
    void bindCarriesTheEmulationAlong() throws IOException {
        try (OwnedFd mounts = inBox("/proc/1/ns/mnt", OpenFlags.O_RDONLY);
                OwnedFd source = inBox("/proc/1/root/proc", OpenFlags.O_PATH);
                OwnedFd target = inBox("/proc/1/root/mnt", OpenFlags.O_PATH)) {
            agent.bind(mounts, source, target, 0, 0);
        }
        assertThat(box.command("cat /mnt/uptime").output()).isEqualTo("emulated");
    }

    @Test
    void aProcGoesWithItsPartsAndWhoUsesItKeepsThem() throws IOException {
        mountProc("/mnt", 0);
        box.command("cd /mnt");
        try (OwnedFd mounts = inBox("/proc/1/ns/mnt", OpenFlags.O_RDONLY);
                OwnedFd base = inBox("/proc/1/root/mnt", OpenFlags.O_PATH)) {
            agent.detach(mounts, base);
        }
        assertThat(box.command("cat uptime sys/uptime").output()).isEqualTo("emulated\nemulated");
        assertThat(box.command("cd /; ls /mnt | wc -l").output()).isEqualTo("0");
    }

    @Test
    void partsAreLockedAndTheAgentTakesThemFromWhereNobodyReaches() throws IOException {
        String takeOff = "umount /mnt/uptime || umount -l /mnt/uptime || mount --move /mnt/uptime /etc/secret"
                + " || mount --bind /mnt /tmp || mount -t proc proc /tmp || echo kept";
        mountProc("/mnt", 0);
        assertThat(box.command("{ " + takeOff + "; } 2>/dev/null").output()).isEqualTo("kept");

        assertThat(box.command("umount -l /mnt && umount -l /proc && mount -t tmpfs x /proc && mkdir /proc/sys"
                                + " && echo forged >/proc/uptime; ls /proc")
                        .output())
                .isEqualTo("sys\nuptime");
        mountProc("/mnt", 0);
        assertThat(box.command("cat /mnt/uptime").output()).isEqualTo("emulated");
    }

    @Test
    void malformedRequestsAreAnsweredAndSurvived() throws IOException {
        Random random = new Random(20261121);
        for (int i = 0; i < 300; i++) {
            byte[] path = new byte[random.nextInt(64)];
            random.nextBytes(path);
            long offset = random.nextLong();
            try {
                agent.proc().read(path, offset, random.nextInt());
            } catch (ErrnoException e) {
                assertThat(e.errno()).isNotNull();
            }
        }
        assertThat(agent.proc().read("sys/kernel/hostname", 100)).asString().isEqualTo("box\n");
    }

    @Test
    void requestsAfterTheEndFail() throws IOException {
        box.process.signal(9);
        box.process.awaitExit();

        assertThatThrownBy(() -> agent.proc().read("uptime", 10)).isInstanceOf(ErrnoException.class);
    }

    private void mountProc(String target, long attributes) throws IOException {
        try (OwnedFd mounts = inBox("/proc/1/ns/mnt", OpenFlags.O_RDONLY);
                OwnedFd pids = inBox("/proc/1/ns/pid", OpenFlags.O_RDONLY);
                OwnedFd place = inBox("/proc/1/root" + target, OpenFlags.O_PATH)) {
            agent.mountProc(mounts, pids, place, attributes, "", PARTS);
        }
    }

    /** Opens a path of the container's procfs, seen from the host: magic links lead into the container. */
    private OwnedFd inBox(String path, int flags) throws IOException {
        String[] parts = path.split("/", 4);
        int pid = Integer.parseInt(parts[2]) == 1 ? box.process.pid() : hostPid(parts[2]);
        return FileCalls.open("/proc/" + pid + "/" + parts[3], flags | OpenFlags.O_CLOEXEC);
    }

    /** The host's number of a process of the container, whose own is in NSpid (proc_pid_status(5)). */
    private int hostPid(String inside) throws IOException {
        String ours = namespaceOf(Path.of("/proc/" + box.process.pid()));
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                boolean inBox = namespaceOf(process).equals(ours);
                for (String line : statusOf(process)) {
                    if (line.startsWith("NSpid:")
                            && (line.contains("\t" + inside + "\t") || (inBox && line.endsWith("\t" + inside)))) {
                        return Integer.parseInt(process.getFileName().toString());
                    }
                }
            }
        }
        throw new AssertionError("no process " + inside);
    }

    private static List<String> statusOf(Path process) {
        try {
            return Files.readAllLines(process.resolve("status"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return List.of(); // it has ended meanwhile
        }
    }

    private static String namespaceOf(Path process) {
        try {
            return Files.readSymbolicLink(process.resolve("ns/pid")).toString();
        } catch (IOException e) {
            return "";
        }
    }

    private static int requireList(Path directory) throws IOException {
        try (var entries = Files.list(directory)) {
            return (int) entries.count();
        }
    }

    private static void assertErrno(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
