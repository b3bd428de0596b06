package org.caisson.emulation.proc;

import static org.assertj.core.api.Assertions.assertThat;

import org.caisson.vfs.synthetic.TextBuffer;
import org.junit.jupiter.api.Test;

class LoadAverageTest {
    private final LoadAverage average = new LoadAverage();

    @Test
    void aMinuteOfOneTaskGivesTheKernelsNumbers() {
        for (int i = 0; i < 12; i++) {
            average.sample(LoadAverage.tasks(1), 1);
        }

        // 1 − e^(−60/60), 1 − e^(−60/300), 1 − e^(−60/900)
        assertThat(text()).isEqualTo("0.63 0.18 0.06 1/2 3\n");
    }

    @Test
    void manyPeriodsAtOnceGiveWhatOneByOneGives() {
        LoadAverage stepped = new LoadAverage();
        for (int i = 0; i < 500; i++) {
            stepped.sample(LoadAverage.tasks(4), 1);
        }
        average.sample(LoadAverage.tasks(4), 500);

        assertThat(firstOf(average)).isEqualTo("4.00");
        assertThat(firstOf(stepped)).isEqualTo("4.00");
    }

    @Test
    void anIdleContainerComesToZero() {
        average.sample(LoadAverage.tasks(3), 10);
        average.sample(0, 10_000);

        assertThat(text()).isEqualTo("0.00 0.00 0.00 1/2 3\n");
    }

    private String text() {
        TextBuffer out = new TextBuffer();
        average.write(1, 2, 3, out);
        return out.toString();
    }

    private static String firstOf(LoadAverage average) {
        TextBuffer out = new TextBuffer();
        average.write(1, 1, 1, out);
        return out.toString().split(" ", 2)[0];
    }
}
