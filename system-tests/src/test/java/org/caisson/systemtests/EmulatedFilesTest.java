package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a program sees in {@code /proc} and {@code /sys}, judged by the programs that read them. */
class EmulatedFilesTest {
    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);

    @BeforeEach
    void useScratch() {
        caisson = new Caisson(scratch);
    }

    private String limited(String script) throws Exception {
        return caisson.doShell(script, "--memory", "256m", "--cpus", "1").output();
    }

    @Test
    void freeShowsTheMemoryLimit() throws Exception {
        var memory = limited("free -m")
                .lines()
                .filter(l -> l.startsWith("Mem:"))
                .findFirst()
                .orElseThrow()
                .split("\\s+", -1);
        assertThat(memory[1]).isEqualTo("256");
        assertThat(Integer.parseInt(memory[2])).isLessThan(256);
        assertThat(Integer.parseInt(memory[3])).isLessThanOrEqualTo(256);
    }

    @Test
    void cpuinfoStatAndOnlineShowTheCpuLimit() throws Exception {
        assertThat(
                        limited(
                                "grep -c ^processor /proc/cpuinfo; grep -c '^cpu[0-9]' /proc/stat; cat /sys/devices/system/cpu/online"))
                .isEqualTo("1\n1\n0\n");
    }

    @Test
    void withoutLimitsTheHostShows() throws Exception {
        assertThat(caisson.doShell("grep -c ^processor /proc/cpuinfo; grep MemTotal /proc/meminfo")
                        .output())
                .isEqualTo(Caisson.host(
                                scratch, "sh", "-c", "grep -c ^processor /proc/cpuinfo; grep MemTotal /proc/meminfo")
                        .output());
    }

    @Test
    void uptimeStartsAtZeroAndGrows() throws Exception {
        var out = limited("cat /proc/uptime; sleep 1.1; cat /proc/uptime; uptime -p")
                .lines()
                .toList();
        double first = Double.parseDouble(out.get(0).split(" ", -1)[0]);
        double second = Double.parseDouble(out.get(1).split(" ", -1)[0]);
        assertThat(first).isLessThan(30);
        assertThat(second - first).isBetween(1.0, 10.0);
        assertThat(out.get(2)).startsWith("up");
    }

    @Test
    void swapsHasOnlyItsHeader() throws Exception {
        assertThat(limited("cat /proc/swaps").lines())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("Filename");
        assertThat(limited("swapon --show").strip()).isEmpty();
    }

    @Test
    void loadavgHasTheKernelsForm() throws Exception {
        assertThat(limited("cat /proc/loadavg")).matches("\\d+\\.\\d\\d \\d+\\.\\d\\d \\d+\\.\\d\\d \\d+/\\d+ \\d+\n");
    }

    /** busybox's cat uses sendfile(2), tail seeks by the size, dd reads byte by byte, cp uses copy_file_range(2). */
    @Test
    void everyWayOfReadingGivesTheWholeText() throws Exception {
        var out = limited("for f in meminfo cpuinfo stat sys/kernel/panic sys/net/ipv4/ip_forward; do "
                + "for how in 'busybox cat' 'tail -n +1' 'dd bs=7 status=none if='; do "
                + "case $how in dd*) $how/proc/$f;; *) $how /proc/$f;; esac > /tmp/b; cp /proc/$f /tmp/c; "
                + "[ $(wc -l < /tmp/b) = $(wc -l < /tmp/c) ] && [ $(wc -l < /tmp/b) -gt 0 ] || echo \"$how $f\"; done; done; "
                + "busybox cat /proc/uptime; sleep 0.2; busybox cat /proc/uptime");
        var uptimes = out.lines().toList();
        assertThat(uptimes).as(out).hasSize(2);
        assertThat(uptimes.get(0)).isNotEqualTo(uptimes.get(1));
    }

    @Test
    void monitoringProgramsMakeSense() throws Exception {
        var top = limited("top -b -n1");
        assertThat(top).contains("MiB Mem :    256.0 total").contains("Tasks:").contains("%Cpu");
        assertThat(limited("vmstat").lines()).hasSize(3);
        assertThat(limited("ps -ef").lines().count()).isLessThan(10);
        assertThat(limited("nproc --all")).isEqualTo("1\n");
        // At the end of its input htop ends, after the first screen.
        assertThat(limited("TERM=xterm htop -d 5 </dev/null")).contains("/256M").contains("Tasks");
    }

    @Test
    void hostnameAndDomainnameAreTheContainers() throws Exception {
        var out = caisson.doShell(
                "cat /proc/sys/kernel/hostname; echo changed > /proc/sys/kernel/hostname; hostname; "
                        + "cat /proc/sys/kernel/hostname; echo dom > /proc/sys/kernel/domainname; cat /proc/sys/kernel/domainname",
                "-h",
                "inner");
        assertThat(out.output()).isEqualTo("inner\nchanged\nchanged\ndom\n");
        assertThat(ofHost("kernel/hostname")).doesNotContain("changed");
    }

    @Test
    void emulatedSysctlsAreTheContainersOwn() throws Exception {
        for (var name : new String[] {"fs/file-max", "net/core/somaxconn", "kernel/panic", "vm/overcommit_memory"}) {
            var before = ofHost(name);
            var out = caisson.doShell(
                    "cat /proc/sys/" + name + "; echo 1 > /proc/sys/" + name + " && cat /proc/sys/" + name);
            assertThat(out.output()).as(name).endsWith("\n1\n");
            assertThat(ofHost(name)).as(name).isEqualTo(before);
        }
    }

    @Test
    void outOfRangeSysctlIsInvalid() throws Exception {
        var out = caisson.run("do", "--", "bash", "-c", "echo 3 > /proc/sys/vm/overcommit_memory");
        assertThat(out.status()).isNotZero();
        assertThat(out.err()).contains("Invalid argument");
    }

    @Test
    void namespacedSysctlsPassThrough() throws Exception {
        var host = ofHost("net/ipv4/ip_forward");
        var out = caisson.doShell("echo 1 > /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward; "
                + "echo 1234 > /proc/sys/kernel/msgmni; cat /proc/sys/kernel/msgmni; ls /proc/sys/net/ipv4/conf");
        assertThat(out.output()).startsWith("1\n1234\n").contains("all\n").contains("lo\n");
        assertThat(ofHost("net/ipv4/ip_forward")).isEqualTo(host);
    }

    @Test
    void hostSysctlsCannotBeWritten() throws Exception {
        var before = ofHost("vm/dirty_ratio");
        var out = caisson.doShell("echo 7 > /proc/sys/vm/dirty_ratio");
        assertThat(out.status()).isNotZero();
        assertThat(ofHost("vm/dirty_ratio")).isEqualTo(before);
    }

    @Test
    void constantsOfTheKernelAreTheHosts() throws Exception {
        for (var name : new String[] {"kernel/cap_last_cap", "kernel/ngroups_max"}) {
            assertThat(caisson.doShell("cat /proc/sys/" + name).output())
                    .as(name)
                    .isEqualTo(ofHost(name));
            assertThat(caisson.doShell("echo 1 > /proc/sys/" + name).status())
                    .as(name)
                    .isNotZero();
        }
    }

    /** By cat: a sysctl is given to the first read only, and the JDK's first reads one byte. */
    private String ofHost(String name) throws Exception {
        return Caisson.host(scratch, "cat", "/proc/sys/" + name).output();
    }

    /** A descriptor outlives its opener, and is used in the name of who holds it. */
    @Test
    void anInheritedSysctlIsWrittenByItsHolder() throws Exception {
        var script = """
                import os
                go, end = os.pipe(), os.pipe()
                if os.fork() == 0:
                    name = os.open('/proc/sys/kernel/hostname', os.O_RDWR)
                    if os.fork() == 0:
                        os.read(go[0], 1)
                        os.write(name, b'renamed')
                        os.write(end[1], os.pread(name, 100, 0))
                    os._exit(0)
                os.wait()
                os.write(go[1], b'x')
                os.close(end[1])
                print(os.read(end[0], 100).decode(), os.uname().nodename)
                """;
        var before = ofHost("kernel/hostname");
        assertThat(caisson.run("do", "--", "python3", "-c", script).output()).isEqualTo("renamed\n renamed\n");
        assertThat(ofHost("kernel/hostname")).isEqualTo(before);
    }
}
