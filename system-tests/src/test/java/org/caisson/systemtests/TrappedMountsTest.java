package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code mount} and {@code umount2} inside a container. */
class TrappedMountsTest {
    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);

    @BeforeEach
    void useScratch() {
        caisson = new Caisson(scratch);
    }

    private Caisson.Result limited(String script) throws Exception {
        return caisson.doShell(script, "--memory", "256m", "--cpus", "1");
    }

    @Test
    void newProcIsEmulatedToo() throws Exception {
        var out =
                limited("mkdir /p && mount -t proc proc /p && head -1 /p/meminfo && cat /p/uptime && ls -d /p/self && "
                        + "grep -c ^processor /p/cpuinfo && umount /p && ls /p | wc -l");
        var lines = out.output().lines().toList();
        assertThat(lines.get(0)).matches("MemTotal: +262144 kB");
        assertThat(Double.parseDouble(lines.get(1).split(" ", -1)[0])).isLessThan(60);
        assertThat(lines.subList(2, 5)).containsExactly("/p/self", "1", "0");
    }

    @Test
    void newSysfsIsEmulatedToo() throws Exception {
        var out = limited(
                "mkdir /s && mount -t sysfs sysfs /s && cat /s/devices/system/cpu/online && umount /s && ls /s | wc -l");
        assertThat(out.output()).isEqualTo("0\n0\n");
    }

    @Test
    void emulatedPartsCannotBeTakenOff() throws Exception {
        for (var part : new String[] {"/proc/uptime", "/proc/meminfo", "/proc/sys", "/proc/cpuinfo"}) {
            var out = caisson.run("do", "--", "python3", "-c", UMOUNT.formatted(part));
            assertThat(out.output().trim()).as(part).isEqualTo("EINVAL");
        }
        assertThat(caisson.run("do", "--", "python3", "-c", UMOUNT.formatted("/proc"))
                        .output()
                        .trim())
                .isEqualTo("EBUSY");
    }

    @Test
    void whatIsHiddenStaysHiddenAndIsHiddenOnANewProcToo() throws Exception {
        for (var covered : new String[] {"/proc/keys", "/sys/firmware", "/proc/irq"}) {
            var out = caisson.run("do", "--", "python3", "-c", UMOUNT.formatted(covered));
            assertThat(out.output().trim()).as(covered).isEqualTo("EINVAL");
        }
        var out = caisson.doShell("mount -o remount,rw,bind /proc/irq || echo refused; mkdir /p; "
                + "mount -t proc proc /p && wc -c < /p/keys; stat -c %F /p/keys; umount /p && ls /p | wc -l");
        assertThat(out.output().lines()).containsExactly("refused", "0", "character special file", "0");
    }

    @Test
    void relativePathsAndSymbolicLinksAreResolvedAsTheCallerSeesThem() throws Exception {
        assertThat(limited(
                                "cd / && ln -s /proc /tmp/link-to-proc && mkdir -p /a/b && cd /a && mount -t proc proc b && head -1 b/meminfo; "
                                        + "python3 -c \"import ctypes,errno;l=ctypes.CDLL(None,use_errno=True);"
                                        + "print(l.umount2(b'/tmp/link-to-proc/uptime',0),errno.errorcode[ctypes.get_errno()])\"")
                        .output())
                .contains("262144 kB")
                .contains("-1 EINVAL");
    }

    @Test
    void bindOfProcKeepsTheEmulation() throws Exception {
        assertThat(limited("mkdir /b && mount --bind /proc /b && head -1 /b/meminfo")
                        .output())
                .contains("262144 kB");
    }

    /** What systemd does for ProtectHostname= and ProtectKernelTunables=. */
    @Test
    void bindsOfEmulatedFilesMadeInsideCanBeRemountedAndTakenOff() throws Exception {
        var script =
                "set -e; mkdir /r; mount --rbind / /r; for f in /r/proc/sys/kernel/domainname /tmp/uptime; do touch /tmp/uptime; "
                        + "case $f in /tmp*) mount --bind /proc/uptime $f;; *) mount --bind $f $f;; esac; "
                        + "mount -o remount,bind,ro $f; if echo x 2>/dev/null > $f; then echo writable; fi; umount $f; done; echo done";
        assertThat(caisson.run("do", "--", "unshare", "-m", "bash", "-c", script)
                        .output())
                .isEqualTo("done\n");
    }

    @Test
    void chrootedMountIsEmulated() throws Exception {
        assertThat(limited("mkdir -p /r/bin /r/proc && cp /bin/busybox /r/bin/ && chroot /r /bin/busybox sh -c "
                                + "'/bin/busybox mount -t proc proc /proc && /bin/busybox head -n 1 /proc/meminfo'")
                        .output())
                .contains("262144 kB");
    }

    @Test
    void otherMountsAreTheKernels() throws Exception {
        var out = limited(
                "mkdir /t && mount -t tmpfs -o size=1m tmpfs /t && echo x > /t/f && cat /t/f && umount /t && ls /t | wc -l");
        assertThat(out.output()).isEqualTo("x\n0\n");
        assertThat(caisson.run("do", "--", "python3", "-c", MOUNT_DISK).output())
                .as("a file system of disks in a user namespace")
                .isEqualTo("EPERM\nENODEV\n");
    }

    @Test
    void withoutTheCapabilityMountIsRefused() throws Exception {
        var out = caisson.run("do", "--cap-drop", "SYS_ADMIN", "--", "python3", "-c", MOUNT_PROC);
        assertThat(out.output().trim()).isEqualTo("EPERM");
        assertThat(caisson.run("do", "-u", "1000", "--", "python3", "-c", MOUNT_PROC)
                        .output()
                        .trim())
                .isEqualTo("EPERM");
    }

    @Test
    void badPointersAndMissingTargetsGiveTheKernelsErrno() throws Exception {
        assertThat(caisson.run("do", "--", "python3", "-c", BAD_ARGUMENTS).output())
                .isEqualTo("EFAULT\nENOENT\nENOTDIR\nENAMETOOLONG\n");
    }

    @Test
    void nestedMountAndPidNamespacesGetTheEmulation() throws Exception {
        assertThat(limited(
                                "unshare -mpf --mount-proc sh -c 'head -n 1 /proc/meminfo; ps -e -o comm= >/tmp/ps; cat /tmp/ps'")
                        .output()
                        .lines())
                .satisfiesExactly(
                        memory -> assertThat(memory).contains("262144 kB"),
                        shell -> assertThat(shell).isEqualTo("sh"),
                        ps -> assertThat(ps).isEqualTo("ps"));
    }

    /** Ways by which the kernel's own files could be uncovered. Each prints what meminfo or online then shows. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                // A part, taken off in whatever way.
                "umount -l /proc/meminfo; umount -i /proc/meminfo; head -1 /proc/meminfo",
                "unshare -m sh -c 'umount -l /proc/meminfo; head -1 /proc/meminfo'",
                "touch /m/f; mount --move /proc/meminfo /m/f; head -1 /proc/meminfo",
                // A tree taken off while someone is in it.
                "unshare -m python3 -c \"import os; os.chdir('/proc'); os.system('umount -l /proc'); print(open('meminfo').readline())\"",
                "mount -t proc p /m; cd /m; umount -l /m; python3 -c \"print(open('meminfo').readline())\"",
                // Other mounts in the places that parts come from.
                "mount -t tmpfs x /proc; mount -t proc p /m; head -1 /m/meminfo",
                "mount -t tmpfs x /proc; mkdir /proc/sys; touch /proc/meminfo; mount -t proc p /m; head -1 /m/meminfo",
                // A copy with the parts in the way of nobody's rules.
                "mount --rbind /proc /m; umount /m/meminfo; umount -l /m/meminfo; head -1 /m/meminfo",
                "mount --make-rshared /; mount --rbind /proc /m; umount -l /m/meminfo; head -1 /m/meminfo /proc/meminfo",
                "mount --bind /proc /proc/sys/net/ipv4; head -1 /proc/sys/net/ipv4/meminfo",
                "mount --make-runbindable /proc; mount --rbind /proc /m; mount --bind /proc /m; head -1 /m/meminfo || head -1 /proc/meminfo",
                "mkdir -p /r/bin /r/x /r/proc; cp /bin/busybox /r/bin; mount --rbind /proc /r/proc; chroot /r /bin/busybox sh -c "
                        + "'busybox mount --bind /proc /x; busybox head -n 1 /x/meminfo'",
                "unshare -pf sh -c 'mount --bind /proc/self/root/proc /m; head -1 /m/meminfo'",
                // Others' namespaces.
                "unshare -Urmpf --mount-proc head -1 /proc/meminfo",
                "unshare -mpf --mount-proc sh -c 'umount -l /proc/meminfo; head -1 /proc/meminfo'",
            })
    void theKernelsMeminfoStaysCovered(String script) throws Exception {
        var out = limited("mkdir /m; exec 2>/dev/null; " + script).out();
        assertThat(out.lines().filter(line -> line.startsWith("MemTotal")))
                .isNotEmpty()
                .allMatch(line -> line.matches("MemTotal: +262144 kB"));
    }

    @Test
    void theKernelsCpusStayCovered() throws Exception {
        assertThat(limited(
                                "mkdir /m; exec 2>/dev/null; mount --make-rshared /; mount --rbind /sys/devices /m; umount /m/system/cpu; "
                                        + "umount -l /m/system/cpu; cat /m/system/cpu/online /sys/devices/system/cpu/online; "
                                        + "unshare -m umount -l /sys/devices/system/cpu; mount --bind /sys/devices /m; cat /m/system/cpu/online")
                        .output())
                .isEqualTo("0\n0\n0\n");
    }

    @Test
    void noPartBecomesARootDirectory() throws Exception {
        var script = PRELUDE + "say(l.syscall(155,b'/proc/sys',b'/proc/sys/fs'))";
        assertThat(caisson.run("do", "--", "unshare", "-m", "python3", "-c", script)
                        .output())
                .isEqualTo("EINVAL\n");
    }

    /** Whatever a trapped caller changes while we look: past the traps the kernel says no by itself. */
    @Test
    void theKernelItselfRefusesAPlainProcAndSysfs() throws Exception {
        var id = caisson.run("do", "-d", "--", "sleep", "1000").output().strip();
        try {
            var state = caisson.run("state", id).output();
            var pid = Pattern.compile("\"pid\"\\s*:\\s*(\\d+)").matcher(state);
            assertThat(pid.find()).as(state).isTrue();
            var enter = "nsenter -t " + pid.group(1) + " -U -m -p -n sh -c '";
            var out = Caisson.host(
                            scratch,
                            "sh",
                            "-c",
                            enter + "mount -t proc proc /mnt; echo $?; mount -t sysfs sysfs /mnt; echo $?; "
                                    + "mount -t tmpfs t /mnt; echo $?'")
                    .output();
            assertThat(out).isEqualTo("32\n32\n0\n");
        } finally {
            caisson.run("rm", "-f", id);
        }
    }

    @Test
    void aProcInUseIsBusyAndWhatWasMountedOnItMayGo() throws Exception {
        assertThat(limited(
                                "mkdir /m; mount -t proc p /m; exec 3</m/version; umount /m 2>/dev/null || echo busy; exec 3<&-; "
                                        + "mount -t tmpfs t /m/sys/fs; umount /m 2>/dev/null || echo busy; umount /m/sys/fs; umount /m; ls /m | wc -l")
                        .output())
                .isEqualTo("busy\nbusy\n0\n");
    }

    @Test
    void mountsMadeInsideOnEmulatedFilesMayBeTakenOff() throws Exception {
        assertThat(limited(
                                "set -e; mount -t tmpfs t /proc/sys/fs; umount /proc/sys/fs; mount --bind /proc/uptime /proc/version; "
                                        + "umount /proc/version; mount --bind /etc/passwd /proc/uptime; umount /proc/uptime; touch /a /b; "
                                        + "mount --bind /proc/uptime /a; mount --move /a /b; umount /b; "
                                        + "mount -o remount,bind,ro /proc/sys; mount -o remount,bind,rw /proc/sys; mount -o remount,exec /proc; echo done")
                        .output())
                .isEqualTo("done\n");
    }

    /** The steps of a container runtime: a new root with its own proc and sysfs, and the old one gone. */
    @Test
    void aContainerInsideHasTheEmulationAndMayArrangeItsMounts() throws Exception {
        var script = """
                set -e
                mkdir /r; mount -t tmpfs t /r; cd /r; mkdir bin proc sys old; cp /bin/busybox bin
                mount -t proc -o nosuid,nodev,noexec proc proc
                mount -t sysfs -o nosuid,nodev,noexec,ro sysfs sys
                pivot_root . old
                exec /bin/busybox chroot . /bin/busybox sh -ec '
                b=/bin/busybox
                $b umount -l /old
                $b head -n 1 /proc/meminfo; $b cat /sys/devices/system/cpu/online
                $b mount -o bind /proc/sys /proc/sys; $b mount -o remount,bind,ro /proc/sys
                (echo 1 > /proc/sys/kernel/panic) 2>/dev/null || echo read-only
                $b mount -o bind /bin/busybox /proc/version; $b umount /proc/version
                $b mount -o remount,bind,rw /sys
                $b umount /proc; $b umount /sys; $b ls /proc /sys'
                """;
        assertThat(caisson.run("do", "--memory", "256m", "--cpus", "1", "--", "unshare", "-mpfn", "sh", "-c", script)
                        .output())
                .matches("MemTotal: +262144 kB\\n0\\nread-only\\n/proc:\\n\\n/sys:\\n");
    }

    /** As with Docker's own user namespaces: another user's root configures another user's network. */
    @Test
    void aNestedUserNamespaceWritesTheSysctlsOfItsNetwork() throws Exception {
        assertThat(caisson.run(
                                "do",
                                "-u",
                                "1000",
                                "--",
                                "unshare",
                                "-Urn",
                                "sh",
                                "-c",
                                "echo 1 > /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward; "
                                        + "echo 1 2>/dev/null > /proc/sys/kernel/panic || echo refused")
                        .output())
                .isEqualTo("1\nrefused\n");
    }

    private static final String PRELUDE = """
            import ctypes,errno
            l=ctypes.CDLL(None,use_errno=True)
            def say(r):
              print('OK' if r==0 else errno.errorcode[ctypes.get_errno()])
            """;
    private static final String UMOUNT = PRELUDE + "say(l.umount2(b'%s',0))";
    private static final String MOUNT_PROC = PRELUDE + "say(l.mount(b'proc',b'/mnt',b'proc',ctypes.c_ulong(0),None))";
    private static final String MOUNT_DISK = PRELUDE + """
            for kind in b'ext4', b'no-such-kind':
              say(l.mount(b'none',b'/mnt',kind,ctypes.c_ulong(0),None))
            """;
    private static final String BAD_ARGUMENTS = PRELUDE + """
            m=lambda t:say(l.mount(b'proc',t,b'proc',ctypes.c_ulong(0),None))
            m(ctypes.c_void_p(8))
            m(b'/no/such')
            m(b'/etc/passwd/x')
            m(b'/'+b'a'*300)
            """;
}
