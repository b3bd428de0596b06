package org.caisson.emulation.proc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.emulation.ContainerCgroups;
import org.caisson.emulation.cgroup.CpuReading;
import org.caisson.emulation.cgroup.ResourceView;
import org.caisson.emulation.text.TextScanner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuClockTest {
    private static final long SECOND = 1_000_000_000L;

    private final CpuClock clock = new CpuClock();
    private final CpuReading reading = new CpuReading();
    private final TextScanner text = new TextScanner();

    @TempDir
    Path group;

    @Test
    void eachCpuHasItsOwnTimes() throws IOException {
        usage(0, 1 * SECOND, 2 * SECOND, 3 * SECOND, 4 * SECOND);
        advance(10 * SECOND, "0-1", -1);

        assertThat(clock.copy())
                .containsExactly(
                        4 * SECOND,
                        6 * SECOND,
                        10 * SECOND, //
                        1 * SECOND,
                        2 * SECOND,
                        7 * SECOND, //
                        3 * SECOND,
                        4 * SECOND,
                        3 * SECOND);
    }

    @Test
    void aQuotaSharesTheTimesAmongTheCpusShown() throws IOException {
        usage(0, 1 * SECOND, 0, 3 * SECOND, 2 * SECOND);
        advance(10 * SECOND, "0-1", 1);

        assertThat(clock.copy())
                .containsExactly(4 * SECOND, 2 * SECOND, 4 * SECOND, 4 * SECOND, 2 * SECOND, 4 * SECOND);
    }

    @Test
    void noTimeGoesBackWhenACpuIsTakenAway() throws IOException {
        usage(0, SECOND, 0, SECOND, 0);
        advance(10 * SECOND, "0-1", -1);
        long[] before = clock.copy();
        usage(0, 2 * SECOND, 0, SECOND, 0);
        advance(12 * SECOND, "0", -1);

        long[] after = clock.copy();
        assertThat(after).hasSize(6);
        for (int i = 0; i < after.length; i++) {
            assertThat(after[i]).isGreaterThanOrEqualTo(before[i]);
        }
        assertThat(after[2] - before[2]).isEqualTo(SECOND);
    }

    private void usage(int first, long user0, long system0, long user1, long system1) throws IOException {
        Files.writeString(
                group.resolve("cpuacct.usage_all"),
                "cpu user system\n" + first + " " + user0 + " " + system0 + "\n" + (first + 1) + " " + user1 + " "
                        + system1 + "\n");
    }

    /** @param cpus the quota in CPUs, or −1 */
    private void advance(long age, String cpuset, int cpus) throws IOException {
        Files.writeString(group.resolve("cpuset.effective_cpus"), cpuset + "\n");
        Files.writeString(group.resolve("cpu.cfs_quota_us"), (cpus < 0 ? "-1" : cpus * 100_000) + "\n");
        Files.writeString(group.resolve("cpu.cfs_period_us"), "100000\n");
        try (ResourceView view = new ResourceView(new ContainerCgroups(null, group, group, group, null, null))) {
            view.readCpus(reading, text);
            view.readCpuUsage(reading, text);
        }
        clock.advance(age, reading);
    }
}
