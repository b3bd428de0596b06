package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * System calls other than those on mounts, which Caisson answers or refuses inside a container. The scripts of {@code src/test/calls} make
 * them; where the kernel has the answer, they run on the host too, and must say the same.
 */
class TrappedCallsTest {
    private static final Path CALLS = Caisson.HOME.resolve("system-tests/src/test/calls");

    private static final String SYSINFO = """
            import ctypes, os, struct
            buffer = ctypes.create_string_buffer(112)
            assert ctypes.CDLL(None).sysinfo(buffer) == 0
            up, l1, l5, l15, total, free, shared, buffers, swap, swapfree = struct.unpack("10Q", buffer.raw[:80])
            tasks, = struct.unpack("H", buffer.raw[80:82])
            unit, = struct.unpack("I", buffer.raw[104:108])
            memory = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in open("/proc/meminfo")}
            assert unit == 1
            assert (total, swap, swapfree) == tuple(memory[k] for k in ("MemTotal", "SwapTotal", "SwapFree"))
            assert total == 256 << 20, total
            assert abs(free - memory["MemFree"]) < 16 << 20
            assert 0 <= float(open("/proc/uptime").read().split()[0]) - up + 1 < 5
            assert abs(float(open("/proc/loadavg").read().split()[0]) - l1 / 65536) < 0.5
            assert 1 <= tasks < 20, tasks
            assert os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") == total
            print("agrees")
            """;

    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);

    @BeforeEach
    void useScratch() {
        caisson = new Caisson(scratch);
    }

    private String python(String script, String... options) throws Exception {
        return caisson.run(command(options, "python3", "-c", script)).output();
    }

    private static List<String> command(String[] options, String... program) {
        List<String> command = new ArrayList<>(List.of("do"));
        command.addAll(List.of(options));
        command.add("--");
        command.addAll(List.of(program));
        return command;
    }

    private String policy(String calls) throws Exception {
        return Files.writeString(scratch.resolve("policy.json"), "{\"version\": 1, \"calls\": {" + calls + "}}")
                .toString();
    }

    @Test
    void sysinfoSaysWhatProcSays() throws Exception {
        assertThat(python(SYSINFO, "--memory", "256m")).isEqualTo("agrees\n");
        assertThat(python(SYSINFO, "--memory", "256m", "--user", "1000:1000")).isEqualTo("agrees\n");
        assertThat(caisson.run(command(
                                new String[] {"--memory", "256m"},
                                "unshare",
                                "--user",
                                "--map-root-user",
                                "--pid",
                                "--fork",
                                "python3",
                                "-c",
                                SYSINFO))
                        .output())
                .isEqualTo("agrees\n");
    }

    @Test
    void freeAndNprocAreRightAlsoInAnotherRoot() throws Exception {
        var script = "mkdir -p /r/proc && cp /bin/busybox /r/ && mount -t proc proc /r/proc && "
                + "chroot /r /busybox free | head -2 | tail -1 && chroot /r /busybox nproc && nproc && free -b | head -2 | tail -1";
        var lines = caisson.doShell(script, "--memory", "256m", "--cpus", "1")
                .output()
                .lines()
                .toList();
        assertThat(lines.get(0)).matches("Mem: +262144 .*");
        assertThat(lines.subList(1, 3)).containsExactly("1", "1");
        assertThat(lines.get(3)).matches("Mem: +268435456 .*");
    }

    @Test
    void runtimesOfLanguagesCountProcessorsAndMemoryOfTheContainer() throws Exception {
        assertThat(python(
                        "import os; print(os.cpu_count(), len(os.sched_getaffinity(0)))",
                        "--cpus",
                        "1",
                        "--memory",
                        "256m"))
                .isEqualTo("1 1\n");
        var program = Files.writeString(scratch.resolve("Machine.java"), """
                void main() {
                    var runtime = Runtime.getRuntime();
                    IO.println(runtime.availableProcessors() + " " + (runtime.maxMemory() < 300L << 20));
                }
                """);
        var java = Path.of(System.getProperty("java.home"), "bin/java").toString();
        assertThat(caisson.run(command(new String[] {"--cpus", "1", "--memory", "512m"}, java, program.toString()))
                        .output())
                .isEqualTo("1 true\n");
    }

    @Test
    void affinityIsTheKernelsButForTheNumberOfProcessors() throws Exception {
        var script = CALLS.resolve("affinity.py").toString();
        var host = Caisson.host(scratch, "python3", script).output();
        for (var treatment : List.of("auto", "emulate", "kernel")) {
            assertThat(caisson.run(command(
                                    new String[] {
                                        "--cpus", "1", "--policy", policy("\"affinity\": \"" + treatment + '"')
                                    },
                                    "python3",
                                    script))
                            .output())
                    .as(treatment)
                    .isEqualTo(host);
        }
        assertThat(caisson.run(command(
                                new String[] {"--cpus", "1"},
                                "unshare",
                                "--user",
                                "--map-root-user",
                                "--pid",
                                "--fork",
                                "--mount-proc",
                                "python3",
                                script))
                        .output())
                .isEqualTo(host);
    }

    @Test
    void affinityIsCutToTheQuotaAndAThreadKeepsWhatItChose() throws Exception {
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1);
        assertThat(caisson.doShell(
                                "nproc; taskset -c 1 nproc; taskset -c 1 sh -c 'taskset -cp $$' | sed 's/.*: //'",
                                "--cpus",
                                "0.5")
                        .output())
                .isEqualTo("1\n1\n1\n");
        assertThat(caisson.doShell("nproc", "--cpus", "1.5").output()).isEqualTo("2\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/devices", "/dev/devices", "/tmp/devices"})
    void harmlessDevicesCanBeMadeAndUsed(String directory) throws Exception {
        assertThat(caisson.run(
                                "do",
                                "--",
                                "python3",
                                CALLS.resolve("devices.py").toString(),
                                directory)
                        .output()
                        .lines())
                .containsExactly(
                        "null 0",
                        "zero 0",
                        "full 0",
                        "random 0",
                        "urandom 0",
                        "tty 0",
                        "0 5 5",
                        "full ENOSPC",
                        "exists EEXIST",
                        "memory EPERM",
                        "disk EPERM",
                        "block EPERM",
                        "pipe 0",
                        "nowhere ENOENT",
                        "slash ENOENT",
                        "no path EFAULT",
                        "at 0",
                        "bad descriptor EBADF",
                        "link EEXIST",
                        "beneath 0o100640 0");
    }

    @Test
    void devicesAreMadeInAnotherRootAndInNestedNamespacesAndByNobodyElse() throws Exception {
        var chroot = "mkdir -p /r/dev && cp /bin/busybox /r/ && chroot /r /busybox sh -c "
                + "'/busybox mknod /dev/null c 1 3 && echo lost > /dev/null && /busybox wc -c < /dev/null'";
        assertThat(caisson.doShell(chroot).output()).isEqualTo("0\n");
        assertThat(caisson.doShell(
                                "mkdir /m; unshare --user --map-root-user --mount sh -c "
                                        + "'mount -t tmpfs none /m && mknod /m/zero c 1 5 && head -c 3 /m/zero | wc -c'; ls /m | wc -l")
                        .output())
                .isEqualTo("3\n0\n");
        assertThat(caisson.doShell("mknod /tmp/null c 1 3 || echo refused", "--user", "1000")
                        .output())
                .isEqualTo("refused\n");
        assertThat(caisson.doShell("mknod /tmp/null c 1 3 || echo refused", "--cap-drop", "MKNOD")
                        .output())
                .isEqualTo("refused\n");
        assertThat(caisson.doShell("mknod /tmp/null c 1 3 || echo refused", "--policy", policy("\"mknod\": \"kernel\""))
                        .output())
                .isEqualTo("refused\n");
    }

    /** A clone of a mount of the host's that stayed in its peer group would carry this over to the host. */
    @Test
    void whatIsMountedOverADeviceIsNotMountedOnTheHost() throws Exception {
        var before = Caisson.host(scratch, "stat", "-c", "%t:%T", "/dev/null").output();
        assertThat(caisson.doShell(
                                "mknod /null c 1 3 && mount --bind /etc/passwd /null && wc -c < /null && stat -c %t:%T /dev/null")
                        .output())
                .endsWith("\n" + before);
        assertThat(Caisson.host(scratch, "stat", "-c", "%t:%T", "/dev/null").output())
                .isEqualTo(before);
    }

    @Test
    void anOverlayWhiteoutIsMadeByTheKernel() throws Exception {
        assertThat(caisson.doShell("mknod /t/whiteout c 0 0 && stat -c '%F %t:%T' /t/whiteout", "--tmpfs", "/t")
                        .output())
                .isEqualTo("character special file 0:0\n");
    }

    @ParameterizedTest
    @CsvSource({"0x01234567, 129", "0xcdef0123, 130", "0x4321fedc, 130"})
    void rebootEndsTheContainer(String command, int status) throws Exception {
        var script =
                "import ctypes, signal; print(ctypes.CDLL(None).syscall(169, ctypes.c_uint(0xfee1dead), 672274793, "
                        + "ctypes.c_uint(" + command + "), 0)); signal.pause()";
        var result = caisson.run("do", "--", "python3", "-c", script);
        assertThat(result.status()).isEqualTo(status);
    }

    @Test
    void rebootNeedsTheCapabilityAndAPolicyThatAllowsIt() throws Exception {
        var script = """
                import ctypes, errno
                libc = ctypes.CDLL(None, use_errno=True)
                libc.syscall(169, ctypes.c_uint(0xfee1dead), 672274793, ctypes.c_uint(0x01234567), 0)
                print(errno.errorcode[ctypes.get_errno()])
                """;
        assertThat(python(script, "--cap-drop", "SYS_BOOT")).isEqualTo("EPERM\n");
        assertThat(python(script, "--policy", policy("\"reboot\": \"refuse\""))).isEqualTo("EPERM\n");
    }

    private static final String ADMINISTRATION = """
            import ctypes, errno, struct
            libc = ctypes.CDLL(None, use_errno=True)
            def say(what, *arguments):
                ctypes.set_errno(0)
                result = libc.syscall(*arguments)
                print(what, 0 if result >= 0 else errno.errorcode[ctypes.get_errno()])
            open("/tmp/swap", "w").close()
            say("swapon", 167, b"/tmp/swap", 0)
            say("swapon missing", 167, b"/tmp/none", 0)
            say("swapon null", 167, 0, 0)
            say("swapoff", 168, b"/tmp/swap")
            say("init_module", 175, 0, 0, 0)
            say("finit_module", 313, -1, 0, 0)
            say("delete_module", 176, b"x", 0)
            say("keyctl", 250, 0, -3, 0)
            program = ctypes.create_string_buffer(bytes.fromhex("b700000001000000" "9500000000000000"))
            licence = ctypes.create_string_buffer(b"GPL")
            attributes = struct.pack("IIQQ", 15, 2, ctypes.addressof(program), ctypes.addressof(licence)).ljust(128, b"\\0")
            say("bpf", 321, 5, attributes, 72)
            say("acct", 163, b"/tmp/swap")
            say("settimeofday", 164, struct.pack("qq", 1, 0), 0)
            say("clock_settime", 227, 0, struct.pack("qq", 1, 0))
            say("adjtimex", 159, struct.pack("I", 1).ljust(300, b"\\0"))
            say("adjtimex reads", 159, ctypes.create_string_buffer(300))
            """;

    @Test
    void callsThatAdministerAMachineGoOnOrFailAsScriptsExpect() throws Exception {
        assertThat(python(ADMINISTRATION).lines())
                .containsExactly(
                        "swapon 0",
                        "swapon missing ENOENT",
                        "swapon null EFAULT",
                        "swapoff 0",
                        "init_module ENOSYS",
                        "finit_module ENOSYS",
                        "delete_module ENOSYS",
                        "keyctl 0",
                        "bpf EPERM",
                        "acct EPERM",
                        "settimeofday EPERM",
                        "clock_settime EPERM",
                        "adjtimex EPERM",
                        "adjtimex reads 0");
        assertThat(python(ADMINISTRATION, "--user", "1000").lines()).contains("swapon EPERM", "swapoff EPERM");
    }

    @Test
    void aPolicyRefuses() throws Exception {
        var refused =
                policy("\"swap\": \"refuse\", \"modules\": \"refuse\", \"keys\": \"refuse\", \"bpf\": \"refuse\"");
        assertThat(python(ADMINISTRATION, "--policy", refused).lines())
                .contains(
                        "swapon EPERM",
                        "swapoff EPERM",
                        "init_module EPERM",
                        "delete_module EPERM",
                        "keyctl ENOSYS",
                        "bpf EPERM");
    }

    @Test
    void whoExecutesInAContainerIsUnderItsPolicy() throws Exception {
        var name = "policy-" + ProcessHandle.current().pid();
        caisson.run("do", "-d", "--name", name, "--policy", policy("\"swap\": \"refuse\""), "--", "sleep", "60")
                .output();
        try {
            assertThat(caisson.run("exec", name, "python3", "-c", ADMINISTRATION)
                            .output())
                    .contains("swapoff EPERM");
        } finally {
            caisson.run("rm", "-f", name);
        }
    }

    @Test
    void aPolicyThatCannotBeIsRefusedWithWhatCan() throws Exception {
        var unknown = caisson.run("do", "--policy", policy("\"swop\": \"refuse\""), "--", "true");
        assertThat(unknown.status()).isNotZero();
        assertThat(unknown.err()).contains("calls.swop", "sysinfo, affinity").hasLineCount(1);
        var impossible = caisson.run("do", "--policy", policy("\"swap\": \"auto\""), "--", "true");
        assertThat(impossible.err()).contains("calls.swap", "emulate, kernel, refuse");
        var text = Files.writeString(scratch.resolve("text"), "swap=refuse").toString();
        assertThat(caisson.run("do", "--policy", text, "--", "true").err()).contains("is not JSON");
        assertThat(caisson.run("do", "--policy", "/nowhere", "--", "true").err())
                .contains("cannot be read");
    }

    @Test
    void attributesOfTheOverlayAreAsOnTheHostIfThePolicySaysSo() throws Exception {
        var script = CALLS.resolve("attributes.py").toString();
        var host = Caisson.host(
                        scratch, "python3", script, scratch.resolve("there").toString())
                .output();
        assertThat(host).contains("set 0");
        var emulated = policy("\"xattr\": \"emulate\"");
        assertThat(caisson.run(command(
                                new String[] {"--tmpfs", "/t", "--policy", emulated}, "python3", script, "/t/there"))
                        .output())
                .isEqualTo(host);
        assertThat(caisson.run(command(new String[] {"--tmpfs", "/t"}, "python3", script, "/t/there"))
                        .output())
                .contains("set EPERM", "get ENODATA");
    }

    @Test
    void noOtherTrustedAttributeAndNobodyButTheContainersRoot() throws Exception {
        var emulated = policy("\"xattr\": \"emulate\"");
        var script = """
                import os
                os.makedirs("/t/x", exist_ok=True)
                for name in "trusted.overlay.opaque", "trusted.other", "trusted.overlayx":
                    try:
                        os.setxattr("/t/x", name, b"y")
                        print("set")
                    except OSError as failure:
                        print(failure.errno)
                """;
        String[] options = {"--tmpfs", "/t:mode=1777", "--policy", emulated};
        assertThat(python(script, options)).isEqualTo("set\n1\n1\n");
        assertThat(caisson.run(command(options, "unshare", "--user", "--map-root-user", "python3", "-c", script))
                        .output())
                .isEqualTo("1\n1\n1\n");
        assertThat(python(script, "--tmpfs", "/t:mode=1777", "--policy", emulated, "--user", "1000"))
                .isEqualTo("1\n1\n1\n");
        assertThat(python(
                        "import os\ntry: os.setxattr('/proc/version', 'trusted.overlay.opaque', b'y')\nexcept OSError as e: print(e.errno)",
                        options))
                .as("a file of the host's root")
                .isEqualTo("1\n");
    }

    @Test
    void theOwnerOfSysCanBeSetIfThePolicySaysSo() throws Exception {
        var script = "chown 0:0 /sys && echo /sys; chown -h 0:0 /sys/kernel || echo kernel; stat -c %u /sys";
        assertThat(caisson.doShell(script, "--policy", policy("\"chown\": \"emulate\""))
                        .output())
                .isEqualTo("/sys\nkernel\n65534\n");
        assertThat(caisson.doShell(script).output()).isEqualTo("kernel\n65534\n");
    }

    @Test
    void openat2FindsEmulatedFilesWhereMountsAreForbidden() throws Exception {
        var script = CALLS.resolve("openat2.py").toString();
        var root = caisson.run("do", "--", "python3", script).output().lines().toList();
        assertThat(root)
                .containsExactly(
                        "sysctl: open 1 caisson",
                        "path: open 0 caisson",
                        "directory: open 0 EISDIR",
                        "not a directory: EXDEV",
                        "in root: open 0 caisson",
                        "write: open 0 EBADF",
                        "create: EXDEV",
                        "kernel's: open 0 EBADF",
                        "hidden: EXDEV",
                        "missing: EXDEV",
                        "bad descriptor: EBADF",
                        "too large: E2BIG",
                        "leaves: EXDEV",
                        "from here: open 0 caisson",
                        "bound there: EXDEV",
                        "other root: open 0 caisson");
        var user = caisson.run("do", "--user", "1000:1000", "--", "python3", script)
                .output()
                .lines()
                .toList();
        assertThat(user).contains("sysctl: open 1 caisson", "write: EXDEV", "hidden: EXDEV");
        assertThat(caisson.run(
                                "do",
                                "--",
                                "unshare",
                                "--user",
                                "--map-root-user",
                                "--mount",
                                "--pid",
                                "--fork",
                                "--mount-proc",
                                "python3",
                                script)
                        .output()
                        .lines())
                .contains("sysctl: open 1 caisson", "bound there: EXDEV", "other root: open 0 caisson");
    }

    /** The kernel keeps keys by user and user namespace. */
    @Test
    void keysOfOneContainerAreNotThoseOfAnother() throws Exception {
        var add = """
                import ctypes
                libc = ctypes.CDLL(None, use_errno=True)
                print(libc.syscall(248, b"user", b"caisson-test", b"secret", 6, -4), flush=True)
                input()
                """;
        var search = """
                import ctypes, sys
                libc = ctypes.CDLL(None, use_errno=True)
                room = ctypes.create_string_buffer(64)
                print(libc.syscall(250, 10, -4, b"user", b"caisson-test", 0), libc.syscall(250, 11, int(sys.argv[1]), room, 64))
                """;
        var holder = new ProcessBuilder(caisson.commandLine(List.of("do", "-i", "--", "python3", "-c", add)))
                .redirectError(scratch.resolve("holder.err").toFile())
                .start();
        try (var output = holder.inputReader()) {
            var serial = output.readLine();
            assertThat(Long.parseLong(serial)).isPositive();
            assertThat(caisson.run("do", "--", "python3", "-c", search, serial).output())
                    .isEqualTo("-1 -1\n");
        } finally {
            holder.getOutputStream().close();
            holder.waitFor();
        }
    }
}
