package org.caisson.runtime.cgroup;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.caisson.runtime.spec.Resources;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The kernel's own files tell whether a limit is set; which hierarchy has it depends on the machine. */
class CgroupTest {
    private static final long ROOT_UID = 0x2ffe_0000L;

    private CgroupHost host;
    private Cgroup cgroup;
    private @Nullable Process sleeper;

    @BeforeEach
    void setUp() throws IOException {
        host = CgroupHost.detect();
        cgroup = Cgroup.at(host, "caisson-test-" + ProcessHandle.current().pid());
    }

    @AfterEach
    void removeAll() throws IOException {
        cgroup.remove();
        if (sleeper != null) {
            sleeper.destroyForcibly();
        }
        assertThat(cgroup.exists()).isFalse();
    }

    private int startSleeper() throws IOException {
        sleeper = new ProcessBuilder("sleep", "1000").start();
        return (int) sleeper.pid();
    }

    private static Resources memory(long limit) {
        return new Resources(
                List.of(), Resources.Memory.of(limit, null), null, null, null, List.of(), null, Map.of(), Map.of());
    }

    private static Resources cpu(long quota, long period, @Nullable String cpus) {
        Resources.Cpu cpu = new Resources.Cpu(512L, quota, null, period, null, null, cpus, null, null);
        return new Resources(List.of(), null, cpu, null, null, List.of(), null, Map.of(), Map.of());
    }

    private String read(String controller, String v1, String v2) throws IOException {
        Path directory = requireNonNull(cgroup.directory(controller), controller);
        Path file = directory.resolve(v1);
        return Files.readString(Files.exists(file) ? file : directory.resolve(v2))
                .strip();
    }

    @Test
    void theMemoryLimitIsTheKernels() throws IOException {
        cgroup.create(memory(64 << 20), ROOT_UID, ROOT_UID);

        assertThat(read("memory", "memory.limit_in_bytes", "memory.max")).isEqualTo(Long.toString(64 << 20));
        assertThat(cgroup.stats().memoryLimit()).isEqualTo(64 << 20);
    }

    @Test
    void cpuTimeAndCpusAreTheKernels() throws IOException {
        cgroup.create(cpu(50_000, 100_000, "0"), ROOT_UID, ROOT_UID);

        Path cpu = requireNonNull(cgroup.directory("cpu"));
        boolean v1 = Files.exists(cpu.resolve("cpu.cfs_quota_us"));
        String quota = v1
                ? Files.readString(cpu.resolve("cpu.cfs_quota_us")).strip() + " "
                        + Files.readString(cpu.resolve("cpu.cfs_period_us")).strip()
                : Files.readString(cpu.resolve("cpu.max")).strip();
        assertThat(quota).isEqualTo("50000 100000");
        assertThat(read("cpuset", "cpuset.cpus", "cpuset.cpus")).isEqualTo("0");
    }

    @Test
    void theNumberOfTasksIsTheKernels() throws IOException {
        Resources pids =
                new Resources(List.of(), null, null, new Resources.Pids(23), null, List.of(), null, Map.of(), Map.of());
        cgroup.create(pids, ROOT_UID, ROOT_UID);

        assertThat(read("pids", "pids.max", "pids.max")).isEqualTo("23");
    }

    @Test
    void aMemberLivesInThePayloadOfEveryHierarchy() throws IOException {
        cgroup.create(Resources.EMPTY, ROOT_UID, ROOT_UID);
        int pid = startSleeper();
        cgroup.add(pid);

        assertThat(cgroup.processes()).containsExactly(pid);
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/cgroup"))) {
            boolean ours = cgroup.hierarchies().stream().anyMatch(h -> line.contains(":" + h.name() + ":"));
            if (ours) {
                assertThat(line).endsWith("/payload");
            }
        }
    }

    @Test
    void thePayloadBelongsToTheContainersRootAndTheLimitsDoNot() throws IOException {
        cgroup.create(memory(64 << 20), ROOT_UID, ROOT_UID);

        for (Path directory : cgroup.directories()) {
            assertThat(Files.getAttribute(directory.resolve("payload"), "unix:uid"))
                    .isEqualTo((int) ROOT_UID);
            assertThat(Files.getAttribute(directory, "unix:uid")).isEqualTo(0);
        }
    }

    /** The kernel refuses to take all devices from a group that has groups below it (EINVAL). */
    @Test
    void devicesThatCannotBeTakenAwayAreAnError() throws IOException {
        cgroup.create(Resources.EMPTY, ROOT_UID, ROOT_UID);
        for (Hierarchy hierarchy : cgroup.hierarchies()) {
            if (hierarchy.has("devices") && !hierarchy.v2()) {
                CgroupV1 group = new CgroupV1(hierarchy, requireNonNull(cgroup.directory("devices")));

                assertThatThrownBy(() -> group.limit(Resources.EMPTY))
                        .isInstanceOf(CgroupException.class)
                        .hasMessageStartingWith("the devices cannot be limited: Invalid argument");
            }
        }
    }

    @Test
    void aFrozenMemberStopsAndThawedGoesOn() throws IOException {
        cgroup.create(Resources.EMPTY, ROOT_UID, ROOT_UID);
        cgroup.add(startSleeper());

        cgroup.freeze();
        assertThat(cgroup.frozen()).isTrue();
        cgroup.thaw();
        assertThat(cgroup.frozen()).isFalse();
    }

    @Test
    void removalKillsFrozenMembersAndGroupsThatTheContainerMade() throws Exception {
        cgroup.create(Resources.EMPTY, ROOT_UID, ROOT_UID);
        int pid = startSleeper();
        cgroup.add(pid);
        for (Path directory : cgroup.directories()) {
            Files.createDirectories(directory.resolve("payload/inner/deep"));
        }
        cgroup.freeze();

        cgroup.remove();

        assertThat(cgroup.exists()).isFalse();
        assertThat(requireNonNull(sleeper).waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void removalKillsMembersThatFrozeThemselvesInAGroupOfTheirOwn() throws Exception {
        cgroup.create(Resources.EMPTY, ROOT_UID, ROOT_UID);
        int pid = startSleeper();
        cgroup.add(pid);
        Path inner = Files.createDirectories(
                requireNonNull(cgroup.directory("freezer") == null ? cgroup.unified() : cgroup.directory("freezer"))
                        .resolve("payload/inner/deep"));
        Files.writeString(inner.resolve("cgroup.procs"), Integer.toString(pid));
        boolean v1 = Files.exists(inner.resolve("freezer.state"));
        Files.writeString(inner.resolve(v1 ? "freezer.state" : "cgroup.freeze"), v1 ? "FROZEN" : "1");
        assertThat(cgroup.frozen(pid)).isTrue();
        assertThat(cgroup.frozen()).isFalse();

        cgroup.remove();

        assertThat(cgroup.exists()).isFalse();
        assertThat(requireNonNull(sleeper).waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aSignalReachesAllMembers() throws Exception {
        cgroup.create(Resources.EMPTY, ROOT_UID, ROOT_UID);
        cgroup.add(startSleeper());

        cgroup.signal(15);

        assertThat(requireNonNull(sleeper).waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(sleeper.exitValue()).isEqualTo(128 + 15);
    }

    @Test
    void aSecondContainerCannotTakeTheSameGroups() throws IOException {
        cgroup.create(Resources.EMPTY, ROOT_UID, ROOT_UID);

        assertThatThrownBy(() -> cgroup.create(Resources.EMPTY, ROOT_UID, ROOT_UID))
                .isInstanceOf(CgroupException.class)
                .hasMessageContaining("exists already");
    }

    @Test
    void aLimitThatTheKernelRefusesLeavesNothingBehind() {
        assertThatThrownBy(() -> cgroup.create(cpu(-1, 100_000, "4000"), ROOT_UID, ROOT_UID))
                .isInstanceOf(CgroupException.class)
                .hasMessageContaining("the CPUs cannot be set to 4000");
        assertThat(cgroup.exists()).isFalse();
    }

    @Test
    void aPathCannotLeaveTheHierarchy() {
        assertThatThrownBy(() -> Cgroup.at(host, "/../../etc")).isInstanceOf(CgroupException.class);
    }

    @Test
    void theFourLayoutsAreTold() throws IOException {
        String v1 = "31 23 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n";
        String v2 = "41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        assertThat(CgroupHost.parse(v1, "8:pids:/a\n").layout()).isEqualTo("v1");
        assertThat(CgroupHost.parse(v2, "0::/b\n").layout()).isEqualTo("v2");
        assertThat(CgroupHost.parse(v1 + v2, "8:pids:/a\n0::/b\n").layout()).isEqualTo("hybrid");
        assertThat(CgroupHost.parse("", "").layout()).isEqualTo("none");
    }

    @Test
    void theOwnGroupIsSeenThroughAMountOfAPartOfTheHierarchy() throws IOException {
        String mounts = "31 23 0:28 /docker/abc /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n";

        Hierarchy hierarchy =
                CgroupHost.parse(mounts, "8:pids:/docker/abc/x\n").hierarchies().get(0);

        assertThat(hierarchy.own()).isEqualTo(Path.of("/sys/fs/cgroup/pids/x"));
    }

    @Test
    void sharesBecomeWeightsAsInRunc() {
        assertThat(CgroupV2.weight(2)).isEqualTo(1);
        assertThat(CgroupV2.weight(1024)).isEqualTo(39);
        assertThat(CgroupV2.weight(262_144)).isEqualTo(10_000);
        assertThat(CgroupV2.weight(1L << 40)).isEqualTo(10_000);
    }

    @Test
    void swapOfV2IsWhatIsAboveTheMemoryLimit() {
        assertThat(CgroupV2.swapText(100L, 150L)).isEqualTo("50");
        assertThat(CgroupV2.swapText(100L, 100L)).isEqualTo("0");
        assertThat(CgroupV2.swapText(100L, -1L)).isEqualTo("max");
        assertThat(CgroupV2.swapText(100L, null)).isNull();
    }
}
