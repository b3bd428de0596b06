package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
