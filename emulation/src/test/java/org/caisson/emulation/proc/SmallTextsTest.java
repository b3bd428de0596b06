package org.caisson.emulation.proc;

import static org.assertj.core.api.Assertions.assertThat;

import org.caisson.vfs.synthetic.TextBuffer;
import org.junit.jupiter.api.Test;

class SmallTextsTest {
    private final TextBuffer out = new TextBuffer();

    @Test
    void uptimeHasSecondsWithTwoDigits() {
        Uptime.write(61_050_000_000L, 7_000_000_000L, out);

        assertThat(out).hasToString("61.05 7.00\n");
    }

    @Test
    void swapsHasOnlyItsHeaderWhereThereIsNoSwap() {
        Swaps.write(0, 0, out);

        assertThat(out).hasToString("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
    }

    @Test
    void swapsHasOneVirtualLineWhereSwapIsAllowed() {
        Swaps.write(2048, 1024, out);

        assertThat(out.toString().lines().skip(1).map(line -> line.split("\\s+")))
                .containsExactly(new String[] {"none", "virtual", "2048", "1024", "0"});
    }
}
