package org.caisson.emulation.proc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.emulation.cgroup.MemoryReading;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.caisson.vfs.synthetic.TextBuffer;
import org.junit.jupiter.api.Test;

class MemInfoTest {
    private static final long MIB = 1 << 20;
    private static final String HOST = """
            MemTotal:       24684084 kB
            MemFree:        20000000 kB
            MemAvailable:   22000000 kB
            Buffers:           16428 kB
            Cached:           125292 kB
            SwapCached:            7 kB
            Active:            44628 kB
            Inactive(anon):    82564 kB
            SwapTotal:       1000000 kB
            SwapFree:         900000 kB
            AnonPages:         94960 kB
            Committed_AS:     581084 kB
            CommitLimit:    13342042 kB
            VmallocTotal:   34359738367 kB
            HugePages_Total:       3
            Hugepagesize:       2048 kB
            DirectMap4k:       28672 kB
            """;
    private static final String STAT = """
            anon 52428800
            file 31457280
            inactive_anon 1048576
            active_anon 2097152
            inactive_file 10485760
            active_file 20971520
            slab_reclaimable 1048576
            """;

    @Test
    void memoryIsWhatTheLimitLeaves() {
        String text = container(HOST, limited(256 * MIB, 100 * MIB));

        assertThat(text.lines())
                .startsWith(
                        "MemTotal:         262144 kB",
                        "MemFree:          159744 kB",
                        "MemAvailable:     191488 kB",
                        "Buffers:               0 kB",
                        "Cached:            30720 kB")
                .contains("Active:            22528 kB", "Inactive(anon):     1024 kB", "AnonPages:         51200 kB");
    }

    @Test
    void memoryNeverExceedsWhatTheHostHas() {
        String text = container(HOST, limited(MemoryReading.UNLIMITED, 100 * MIB));

        assertThat(text.lines())
                .startsWith(
                        "MemTotal:       24684084 kB", "MemFree:        20000000 kB", "MemAvailable:   22000000 kB");
    }

    @Test
    void nothingIsFreeBeyondTheLimit() {
        assertThat(container(HOST, limited(256 * MIB, 300 * MIB)).lines()).contains("MemFree:               0 kB");
    }

    @Test
    void swapIsWhatItsLimitLeaves() {
        MemoryReading group = limited(256 * MIB, 0);
        group.capSwapLimit(64 * MIB);
        group.use(0, 16 * MIB);

        assertThat(container(HOST, group).lines())
                .contains("SwapTotal:         65536 kB", "SwapFree:          49152 kB", "CommitLimit:      196608 kB");
    }

    @Test
    void linesThatNoGroupAccountsForStayAsTheyAre() {
        assertThat(container(HOST, limited(256 * MIB, 0)).lines())
                .contains("VmallocTotal:   34359738367 kB", "HugePages_Total:       3", "Hugepagesize:       2048 kB");
    }

    @Test
    void theHostsPageTablesAreNotShown() {
        assertThat(container(HOST, limited(256 * MIB, 0))).doesNotContain("DirectMap");
    }

    @Test
    void aContainerWithoutAGroupSeesTheHost() {
        MemoryReading none = new MemoryReading();
        none.clear();

        assertThat(container(HOST, none)).isEqualTo(HOST);
    }

    @Test
    void theRunningKernelsLinesKeepTheirOrderAndShape() throws IOException {
        TextScanner host = new TextScanner();
        assertThat(KernelFile.readOnce("/proc/meminfo", host)).isTrue();
        TextBuffer out = new TextBuffer();
        MemInfo.write(host, new MemInfo.Host(), limited(256 * MIB, 100 * MIB), out);

        assertThat(out.toString().lines().map(MemInfoTest::name))
                .containsExactlyElementsOf(Files.readAllLines(Path.of("/proc/meminfo")).stream()
                        .map(MemInfoTest::name)
                        .filter(name -> !name.startsWith("DirectMap"))
                        .toList());
        assertThat(out.toString().lines()).allMatch(line -> line.matches("[A-Za-z_()0-9]+: +[0-9]+( kB)?"));
    }

    private static String name(String line) {
        return line.substring(0, line.indexOf(':'));
    }

    private static String container(String host, MemoryReading group) {
        TextBuffer out = new TextBuffer();
        MemInfo.write(TextScanner.of(host), new MemInfo.Host(), group, out);
        return out.toString();
    }

    private static MemoryReading limited(long limit, long usage) {
        MemoryReading group = new MemoryReading();
        group.clear();
        group.take(TextScanner.of(STAT), true);
        group.capLimit(limit);
        group.use(usage, 0);
        return group;
    }
}
