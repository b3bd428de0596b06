package org.caisson.emulation.proc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.emulation.cgroup.CpuList;
import org.caisson.emulation.text.TextScanner;
import org.caisson.vfs.synthetic.TextBuffer;
import org.junit.jupiter.api.Test;

class CpuInfoTest {
    private static final String HOST = block(0) + block(1) + block(2) + block(3);

    @Test
    void onlyTheContainersCpusAreShownAndTheyCountFromZero() {
        assertThat(container(HOST, "1,3", 2))
                .isEqualTo(block(1).replace("processor\t: 1", "processor\t: 0")
                        + block(3).replace("processor\t: 3", "processor\t: 1"));
    }

    @Test
    void aQuotaShowsTheFirstCpusOfTheSet() {
        assertThat(container(HOST, "2-3", 1)).isEqualTo(block(2).replace("processor\t: 2", "processor\t: 0"));
    }

    @Test
    void allCpusAreTheHostsTextToTheByte() throws IOException {
        String host = Files.readString(Path.of("/proc/cpuinfo"));

        assertThat(container(host, "0-8191", 8192)).isEqualTo(host);
    }

    private static String block(int cpu) {
        return "processor\t: " + cpu + "\nvendor_id\t: GenuineIntel\ncore id\t\t: " + cpu
                + "\nprocessor mark\t: x\nflags\t\t: fpu vme\npower management:\n\n";
    }

    private static String container(String host, String cpus, int visible) {
        CpuList effective = new CpuList();
        effective.parse(TextScanner.of(cpus));
        TextBuffer out = new TextBuffer();
        CpuInfo.write(TextScanner.of(host), effective, visible, out);
        return out.toString();
    }
}
