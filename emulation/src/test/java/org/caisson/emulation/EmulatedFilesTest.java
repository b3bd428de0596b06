package org.caisson.emulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Real programs read the emulated files over a fresh procfs, in control groups of the running kernel. */
@ExtendWith(FdLeakCheck.class)
class EmulatedFilesTest {
    private static final int IDS = 65536;

    @TempDir
    Path mountPoint;

    private TestCgroup group;
    private long started;
    private ContainerEmulation emulation;

    @BeforeEach
    void serve() throws IOException {
        group = TestCgroup.create().memory(256 << 20).cpus(1);
        started = System.nanoTime();
        emulation = ContainerEmulation.create(new EmulationOptions(group.cgroups(), 0, IDS, 2));
        MountCalls.attach(emulation.mountFd().number(), mountPoint.toString());
    }

    @AfterEach
    void end() throws IOException {
        if (emulation == null) {
            return; // The host has not what it takes.
        }
        MountCalls.umount2(mountPoint.toString(), MountFlags.MNT_DETACH);
        emulation.close();
        group.close();
    }

    @Test
    void freeShowsTheMemoryLimit() throws Exception {
        String[] memory = inside("free -m").lines().toList().get(1).trim().split("\\s+", -1);

        assertThat(memory[0]).isEqualTo("Mem:");
        assertThat(memory[1]).isEqualTo("256");
        int used = (int) (group.mostMemory() >> 20) + 1;
        assertThat(Integer.parseInt(memory[3])).as("free").isBetween(256 - used, 256);
    }

    @Test
    void theLimitIsFollowedWhileItChanges() throws Exception {
        assertThat(inside("grep MemTotal /proc/meminfo")).isEqualTo("MemTotal:         262144 kB\n");
        group.memory(128 << 20);

        assertThat(inside("grep MemTotal /proc/meminfo")).isEqualTo("MemTotal:         131072 kB\n");
    }

    @Test
    void aQuotaOfOneCpuShowsOneEverywhere() throws Exception {
        assertThat(inside("grep -c ^processor /proc/cpuinfo")).isEqualTo("1\n");
        assertThat(inside("grep -c '^cpu[0-9]' /proc/stat")).isEqualTo("1\n");
        assertThat(inside("cd /sys/devices/system/cpu; cat online present possible offline"))
                .isEqualTo("0\n0\n0\n\n");
        assertThat(inside("cd /sys/devices/system/cpu; echo cpu[0-9]*; cat cpu0/topology/core_id"))
                .matches("cpu0\n[0-9]+\n");
        assertThat(inside("test ! -e /sys/devices/system/cpu/cpu1; LC_ALL=C lscpu"))
                .containsPattern("\nCPU\\(s\\): +1\n");
    }

    @Test
    void whatTheHostKeepsToItselfInItsCpuDirectoryIsKeptFromTheContainer() throws Exception {
        String hidden = "for f in $(find /sys/devices/system/cpu/ -type f ! -perm -o=r); do cat $f && echo open; done";

        assertThat(inside(hidden + " 2>&1; true")).doesNotContain("open");
        assertThat(inside("cat /sys/devices/system/cpu/kernel_max"))
                .isEqualTo(Files.readString(Path.of("/sys/devices/system/cpu/kernel_max")));
    }

    @Test
    void uptimeCountsFromTheStart() throws Exception {
        String[] fields = inside("cat /proc/uptime").trim().split(" ", -1);
        double since = (System.nanoTime() - started) / 1e9;

        assertThat(Double.parseDouble(fields[0])).isBetween(0.0, since);
        int cpus = Runtime.getRuntime().availableProcessors();
        assertThat(Double.parseDouble(fields[1])).as("idle").isBetween(0.0, since * cpus);
        assertThat(inside("uptime -p")).startsWith("up ").contains("minute");
    }

    @Test
    void cpuTimeOfAProgramAppearsInStat() throws Exception {
        String before = "awk '/^cpu / {print $2 + $4}' /proc/stat; ";
        String busy = "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done; ";
        List<String> ticks = inside(before + busy + before).lines().toList();

        assertThat(Long.parseLong(ticks.get(1))).isGreaterThan(Long.parseLong(ticks.get(0)));
    }

    @Test
    void topAgreesWithTheLimits() throws Exception {
        String screen = inside("TERM=dumb top -b -n1");

        assertThat(screen).contains("MiB Mem :    256.0 total").containsPattern("%Cpu\\(s\\): +[0-9.]+ us");
    }

    @Test
    void vmstatReadsItsColumns() throws Exception {
        List<String> lines = inside("vmstat -n 1 2").lines().toList();

        assertThat(lines).hasSize(4);
        String[] last = lines.get(3).trim().split("\\s+", -1);
        assertThat(last).hasSizeGreaterThanOrEqualTo(17).allMatch(word -> word.matches("[0-9]+"));
        assertThat(Integer.parseInt(last[12]) + Integer.parseInt(last[13]) + Integer.parseInt(last[14]))
                .as("us + sy + id")
                .isBetween(90, 101);
    }

    @Test
    void loadAverageHasTheKernelsShape() throws Exception {
        assertThat(inside("cat /proc/loadavg"))
                .matches("[0-9]+\\.[0-9]{2} [0-9]+\\.[0-9]{2} [0-9]+\\.[0-9]{2} [1-9][0-9]*/[1-9][0-9]* [1-9][0-9]*\n");
    }

    @Test
    void swapsShowsNoDeviceOfTheHost() throws Exception {
        assertThat(inside("cat /proc/swaps").lines().skip(1)).noneMatch(line -> line.startsWith("/"));
    }

    @Test
    void emulatedFilesCannotBeWritten() throws Exception {
        assertThat(inside("echo 1 > /proc/uptime; cat /proc/uptime > /dev/null"))
                .contains("Permission denied");
    }

    @Test
    void manyReadersAtOnceAllReadWholeTexts() throws Exception {
        String loop = "for i in $(seq 50); do grep -q ^HugePages_Total /proc/meminfo && grep -q ^softirq /proc/stat"
                + " || echo torn; done";

        assertThat(inside("for r in 1 2 3 4 5 6 7 8; do (" + loop + ") & done; wait; echo done"))
                .isEqualTo("done\n");
    }

    /** Runs a script in the groups, in mount and pid namespaces of its own, with the emulated files in place. */
    private String inside(String script) throws IOException, InterruptedException {
        StringBuilder binds = new StringBuilder(group.enter());
        binds.append("exec unshare --mount --pid --fork --mount-proc sh -c '");
        for (EmulatedPath path : emulation.paths()) {
            if (!path.source().equals("proc/sys")) {
                binds.append("mount --bind ").append(mountPoint).append('/').append(path.source());
                binds.append(' ').append(path.target()).append(" && ");
            }
        }
        Path file = Files.writeString(mountPoint.resolveSibling(mountPoint.getFileName() + ".sh"), script);
        try {
            binds.append("sh ").append(file).append("'");
            return Shell.run("sh", "-c", binds.toString()).mustSucceed().output();
        } finally {
            Files.delete(file);
        }
    }
}
