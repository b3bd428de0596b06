package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UlimitTest {
    @ParameterizedTest
    @CsvSource({
        "nofile=512, nofile, 512, 512",
        "nofile=512:1024, nofile, 512, 1024",
        "cpu=2:4, cpu, 2, 4",
        "core=-1, core, -1, -1",
        "memlock=64:-1, memlock, 64, -1",
        "stack=unlimited, stack, -1, -1",
        "nproc=0:0, nproc, 0, 0",
    })
    void limitsAreReadAsDockerReadsThem(String text, String type, long soft, long hard) throws UsageException {
        assertThat(Ulimit.parse(text)).isEqualTo(new Ulimit(type, soft, hard));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nofile",
                "=5",
                "nofile=",
                "nofile=5:",
                "nofile=:5",
                "nofile=x",
                "nofile=-2",
                "nofile=5:4",
                "nofile=-1:5",
                "nofile=1:2:3"
            })
    void whatIsNoLimitIsRefused(String text) {
        assertThatThrownBy(() -> Ulimit.parse(text))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("'" + text + "'");
    }
}
