package org.caisson.emulation.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.emulation.ContainerCgroups;
import org.caisson.emulation.text.TextScanner;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files written by hand stand for the kernel's, so that both versions are tested on any host. */
class ResourceViewTest {
    private static final long MIB = 1 << 20;

    private final TextScanner text = new TextScanner();
    private final MemoryReading memory = new MemoryReading();
    private final CpuReading cpus = new CpuReading();

    @TempDir
    Path parent;

    private Path group;

    @BeforeEach
    void makeGroup() throws IOException {
        group = Files.createDirectory(parent.resolve("group"));
    }

    @Test
    void v2LimitIsTheSmallestUpTheTree() throws IOException {
        write(group, "memory.stat", "anon 4096\nfile 8192\nunknown_key 5\nactive_file 100\n");
        write(group, "memory.current", 50 * MIB);
        write(group, "memory.max", "max");
        write(parent, "memory.max", 64 * MIB);
        write(group, "memory.swap.max", 32 * MIB);
        write(parent, "memory.swap.max", "max");
        write(group, "memory.swap.current", 3 * MIB);

        readMemory(ContainerCgroups.unified(group));

        assertThat(memory.accounted()).isTrue();
        assertThat(memory.limit()).isEqualTo(64 * MIB);
        assertThat(memory.usage()).isEqualTo(50 * MIB);
        assertThat(memory.swapLimit()).isEqualTo(32 * MIB);
        assertThat(memory.swapUsage()).isEqualTo(3 * MIB);
        assertThat(memory.item(MemoryItem.FILE)).isEqualTo(8192);
        assertThat(memory.item(MemoryItem.ACTIVE_FILE)).isEqualTo(100);
    }

    @Test
    void v1TakesHierarchicalNumbers() throws IOException {
        write(group, "memory.stat", """
                cache 1
                rss 2
                hierarchical_memory_limit 67108864
                hierarchical_memsw_limit 100663296
                total_cache 4096
                total_rss 8192
                total_swap 12288
                """);
        write(group, "memory.usage_in_bytes", 20480);

        readMemory(new ContainerCgroups(group, null, null, null, null, null));

        assertThat(memory.limit()).isEqualTo(64 * MIB);
        assertThat(memory.swapLimit()).isEqualTo(32 * MIB);
        assertThat(memory.swapUsage()).isEqualTo(12288);
        assertThat(memory.item(MemoryItem.FILE)).isEqualTo(4096);
        assertThat(memory.item(MemoryItem.ANON)).isEqualTo(8192);
    }

    @Test
    void withoutAGroupNothingIsAccounted() {
        readMemory(ContainerCgroups.NONE);

        assertThat(memory.accounted()).isFalse();
        assertThat(memory.limit()).isEqualTo(MemoryReading.UNLIMITED);
    }

    @Test
    void aLimitIsReadAnewEachTime() throws IOException {
        write(group, "memory.stat", "anon 0\n");
        write(group, "memory.max", 64 * MIB);
        try (ResourceView view = new ResourceView(ContainerCgroups.unified(group))) {
            view.readMemory(memory, text);
            assertThat(memory.limit()).isEqualTo(64 * MIB);

            write(group, "memory.max", 32 * MIB);
            view.readMemory(memory, text);
            assertThat(memory.limit()).isEqualTo(32 * MIB);
        }
    }

    @Test
    void v2QuotaRoundsUpAndIsTheSmallestUpTheTree() throws IOException {
        write(group, "cpuset.cpus.effective", "0-7");
        write(group, "cpu.max", "max 100000");
        write(parent, "cpu.max", "250000 100000");

        readCpus(ContainerCgroups.unified(group));

        assertThat(cpus.visible()).isEqualTo(3);
        assertThat(cpus.effective().count()).isEqualTo(8);
    }

    @Test
    void v1QuotaOfHalfACpuShowsOne() throws IOException {
        write(group, "cpuset.effective_cpus", "2,4-5");
        write(group, "cpu.cfs_quota_us", 50_000);
        write(group, "cpu.cfs_period_us", 100_000);
        write(parent, "cpu.cfs_quota_us", -1);
        write(parent, "cpu.cfs_period_us", 100_000);

        readCpus(new ContainerCgroups(null, group, null, group, null, null));

        assertThat(cpus.visible()).isEqualTo(1);
        assertThat(cpus.effective().next(0)).isEqualTo(2);
    }

    @Test
    void theSetBoundsAGenerousQuota() throws IOException {
        write(group, "cpuset.cpus.effective", "1");
        write(group, "cpu.max", "800000 100000");

        readCpus(ContainerCgroups.unified(group));

        assertThat(cpus.visible()).isEqualTo(1);
    }

    @Test
    void withoutAGroupTheHostsCpusAreShown() throws IOException {
        CpuList online = new CpuList();
        online.parse(TextScanner.of(Files.readString(Path.of("/sys/devices/system/cpu/online"))));

        readCpus(ContainerCgroups.NONE);

        assertThat(cpus.visible()).isEqualTo(online.count());
    }

    @Test
    void v2UsageIsInMicroseconds() throws IOException {
        write(group, "cpu.stat", "usage_usec 30\nuser_usec 10\nsystem_usec 20\nnr_periods 0\n");
        try (ResourceView view = new ResourceView(ContainerCgroups.unified(group))) {
            view.readCpuUsage(cpus, text);
        }

        assertThat(cpus.user()).isEqualTo(10_000);
        assertThat(cpus.system()).isEqualTo(20_000);
        assertThat(cpus.perCpu()).isFalse();
    }

    @Test
    void tasksAreCountedInAllGroupsBelow() throws IOException {
        long self = ProcessHandle.current().pid();
        Path payload = Files.createDirectory(group.resolve("payload"));
        write(group, "tasks", "");
        write(payload, "tasks", self + "\n" + 1);
        TaskCensus census = new TaskCensus();
        try (ResourceView view = new ResourceView(new ContainerCgroups(null, null, null, null, group, null))) {
            view.readTasks(census, text);
        }

        assertThat(census.total()).isEqualTo(2);
        assertThat(census.newestPid()).isEqualTo(self);
    }

    private void readMemory(ContainerCgroups cgroups) {
        try (ResourceView view = new ResourceView(cgroups)) {
            view.readMemory(memory, text);
        }
    }

    private void readCpus(ContainerCgroups cgroups) {
        try (ResourceView view = new ResourceView(cgroups)) {
            view.readCpus(cpus, text);
        }
    }

    private static void write(Path directory, String name, Object content) throws IOException {
        Files.writeString(directory.resolve(name), content + "\n");
    }
}
