package org.caisson.emulation.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import org.caisson.emulation.text.TextScanner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuListTest {
    private final CpuList list = new CpuList();

    @Test
    void rangesAndSingleNumbersAreMembers() {
        list.parse(TextScanner.of("0-2,64,70-71\n"));

        assertThat(list.count()).isEqualTo(6);
        assertThat(list.next(3)).isEqualTo(64);
        assertThat(list.next(72)).isEqualTo(-1);
        assertThat(list.highest()).isEqualTo(71);
        assertThat(list.contains(70)).isTrue();
        assertThat(list.contains(3)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "x", "3-1", "0-99999999999", "-1"})
    void oddTextsHaveNoMembers(String text) {
        list.parse(TextScanner.of(text));

        assertThat(list.count()).isZero();
        assertThat(list.highest()).isEqualTo(-1);
    }
}
