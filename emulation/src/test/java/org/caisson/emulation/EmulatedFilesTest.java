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
import org.junit.jupiter.api.Assumptions;
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
    void diskstatsHasTheDevicesThatWereUsedAndNoOther() throws Exception {
        group.accountIo();
        assertThat(inside("cat /proc/diskstats")).isEmpty();
        assertThat(inside("cat /proc/partitions")).isEqualTo("major minor  #blocks  name\n\n");
        Path big = Files.write(mountPoint.resolveSibling(mountPoint.getFileName() + ".data"), new byte[1 << 20]);
        try {
            List<String> lines = inside("dd if=" + big + " of=" + big + ".copy bs=64k oflag=direct status=none && rm "
                            + big + ".copy; cat /proc/diskstats; cat /proc/partitions | wc -l")
                    .lines()
                    .toList();
            Assumptions.assumeTrue(lines.size() > 1, "the temporary directory is on no block device that is accounted");
            String[] fields = lines.get(0).trim().split("\\s+", -1);
            assertThat(lines.get(0)).matches(" {0,3}[0-9]+ +[0-9]+ [a-z]\\S*( [0-9]+){17}");
            assertThat(Files.readString(Path.of("/proc/diskstats"))).contains(" " + fields[2] + " ");
            assertThat(Long.parseLong(fields[9])).as("sectors written").isGreaterThanOrEqualTo(2048);
            assertThat(Integer.parseInt(lines.getLast()))
                    .as("lines of partitions")
                    .isGreaterThanOrEqualTo(3);
        } finally {
            Files.delete(big);
        }
    }

    @Test
    void vmstatHasTheKernelsNamesAndAgreesWithMeminfo() throws Exception {
        List<String> lines = inside("grep MemFree /proc/meminfo; cat /proc/vmstat; grep MemFree /proc/meminfo")
                .lines()
                .toList();
        List<String> names = Files.readAllLines(Path.of("/proc/vmstat"));

        assertThat(lines.subList(1, lines.size() - 1).stream().map(EmulatedFilesTest::name))
                .containsExactlyElementsOf(
                        names.stream().map(EmulatedFilesTest::name).toList());
        assertThat(lines).allMatch(line -> line.matches("\\S+ +[0-9]+( kB)?"));
        long freePages = Long.parseLong(lines.get(1).split(" ", -1)[1]);
        assertThat(freePages * 4).isBetween(1L, 256L << 10);
    }

    @Test
    void faultsOfAProgramAppearInVmstat() throws Exception {
        String count = "awk '/^pgfault / {print $2}' /proc/vmstat; ";
        List<String> faults = inside(count + "python3 -c 'bytearray(20000000)'; " + count)
                .lines()
                .toList();

        assertThat(Long.parseLong(faults.get(1))).isGreaterThan(Long.parseLong(faults.get(0)) + 1000);
    }

    @Test
    void slabinfoIsRootsAndNamesNoCache() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/slabinfo")));
        assertThat(inside("cat /proc/slabinfo; stat -c %a /proc/slabinfo; slabtop -o > /dev/null && echo works"))
                .matches("slabinfo - version: [0-9.]+\n# name .*\n400\nworks\n");
    }

    @Test
    void thereIsOneMemoryNodeWithAllThatTheContainerHas() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/sys/devices/system/node/node0/meminfo")));
        String node = inside("cat /sys/devices/system/node/node0/meminfo");

        assertThat(node).startsWith("Node 0 MemTotal:         262144 kB\n");
        assertThat(node.lines().map(line -> line.replaceAll("[0-9]+( kB)?$", "").trim()))
                .containsExactlyElementsOf(
                        Files.readAllLines(Path.of("/sys/devices/system/node/node0/meminfo")).stream()
                                .map(line ->
                                        line.replaceAll("[0-9]+( kB)?$", "").trim())
                                .toList());
        assertThat(inside("cd /sys/devices/system/node; cat online has_cpu node0/cpulist node0/cpumap node0/distance;"
                        + " ls node0 | grep cpu; readlink node0/cpu0; LC_ALL=C lscpu | grep -c 'NUMA node0 CPU.*0$'"))
                .isEqualTo("0\n0\n0\n1\n10\ncpu0\ncpulist\ncpumap\n../../cpu/cpu0\n1\n");
    }

    @Test
    void topologyNamesTheContainersCpusOnly() throws Exception {
        assertThat(inside("cd /sys/devices/system/cpu/cpu0; cat topology/*_list cache/index*/shared_cpu_list | sort -u;"
                        + " cat topology/package_cpus topology/core_siblings"))
                .isEqualTo("0\n1\n1\n");
    }

    @Test
    void theKernelsDirectoryHasPlacesToMountOnAndWhatProgramsChooseBy() throws Exception {
        assertThat(inside("cd /sys/kernel; stat -c '%n %a' config debug security tracing;"
                        + " for d in config debug security tracing; do ls $d; mount -t tmpfs none $d && touch $d/x; done;"
                        + " echo */x; cat mm/transparent_hugepage/enabled cgroup/delegate"))
                .isEqualTo("config 755\ndebug 700\nsecurity 755\ntracing 700\n"
                        + "config/x debug/x security/x tracing/x\n"
                        + Files.readString(Path.of("/sys/kernel/mm/transparent_hugepage/enabled"))
                        + Files.readString(Path.of("/sys/kernel/cgroup/delegate")));
        assertThat(inside("cd /sys/kernel; for f in notes vmcoreinfo boot_params btf slab irq iommu_groups mm/ksm"
                        + " mm/transparent_hugepage/khugepaged/pages_collapsed; do test -e $f && echo $f; done;"
                        + " find . -name stats; for f in $(find . -type f -perm -o=r); do cat $f > /dev/null; done;"
                        + " for f in $(find . -type f); do (echo 1 > $f) 2> /dev/null && echo $f; done; true"))
                .isEmpty();
    }

    @Test
    void noBlockDeviceIsNamed() throws Exception {
        assertThat(inside("cd /sys; find block/ class/block/ dev/block/ devices/virtual/block/ power/ -mindepth 1"))
                .isEmpty();
    }

    @Test
    void pressureIsThatOfTheGroup() throws Exception {
        Assumptions.assumeTrue(group.hasPressure(), "the host tells no groups' pressure");
        String line = " avg10=[0-9]+\\.[0-9]{2} avg60=[0-9]+\\.[0-9]{2} avg300=[0-9]+\\.[0-9]{2} total=([0-9]+)\n";

        assertThat(inside("ls /proc/pressure; stat -c %a /proc/pressure/cpu")).isEqualTo("cpu\nio\nmemory\n666\n");
        for (String resource : List.of("cpu", "io", "memory")) {
            assertThat(inside("cat /proc/pressure/" + resource)).matches("some" + line + "full" + line);
        }
        String total = "sed -n 's/some.*total=//p' /proc/pressure/cpu; ";
        List<String> stalls = inside(total + busy(1) + total).lines().toList();
        assertThat(Long.parseLong(stalls.get(1))).isGreaterThan(Long.parseLong(stalls.get(0)));
        assertThat(Long.parseLong(stalls.get(1))).isLessThan(60_000_000);
    }

    /** Four programs that want one CPU, for some seconds. */
    private static String busy(int seconds) {
        return "for i in 1 2 3 4; do timeout " + seconds + " sh -c 'while :; do :; done' & done; wait; ";
    }

    @Test
    void aPressureTriggerWakesWhoPollsForIt() throws Exception {
        Assumptions.assumeTrue(group.hasPressure(), "the host tells no groups' pressure");
        Path program = Files.writeString(mountPoint.resolveSibling(mountPoint.getFileName() + ".py"), """
                import errno, os, select
                def attempt(text, fd):
                    try:
                        return os.write(fd, text)
                    except OSError as e:
                        return errno.errorcode[e.errno]
                bad = os.open('/proc/pressure/cpu', os.O_RDWR)
                poll = select.poll()
                poll.register(bad, select.POLLPRI)
                print('without', poll.poll(0)[0][1] == select.POLLERR | select.POLLPRI)
                print(attempt(b'nonsense', bad), attempt(b'some 1000 700000', bad), attempt(b'some 3000000 2000000', bad))
                print(attempt(b'some 1000\\n700000', bad))
                fd = os.open('/proc/pressure/cpu', os.O_RDWR | os.O_NONBLOCK)
                print(attempt(b'some 1000 2000000\\0', fd), attempt(b'some 1000 2000000', fd))
                poll = select.poll()
                poll.register(fd, select.POLLPRI)
                print('event', [event & select.POLLPRI for _, event in poll.poll(25000)])
                """);
        try {
            assertThat(inside("for i in 1 2 3 4; do timeout 25 sh -c 'while :; do :; done' & done; python3 " + program
                            + "; kill %1 %2 %3 %4 2> /dev/null; wait"))
                    .isEqualTo("without True\nEINVAL EINVAL EINVAL\nEINVAL\n18 EBUSY\nevent [2]\n");
        } finally {
            Files.delete(program);
        }
    }

    private static String name(String line) {
        return line.substring(0, line.indexOf(' '));
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
