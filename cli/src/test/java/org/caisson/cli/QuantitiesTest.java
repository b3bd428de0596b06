package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantitiesTest {
    @ParameterizedTest
    @CsvSource({
        "32, 32",
        "32b, 32",
        "32B, 32",
        "32k, 32768",
        "32K, 32768",
        "32kb, 32768",
        "32Kb, 32768",
        "32Mb, 33554432",
        "32MiB, 33554432",
        "32Gb, 34359738368",
        "32.5kB, 33280",
        "0.3 K, 307",
        ".3kB, 307",
        "256m, 268435456",
        "1.5g, 1610612736",
        "1t, 1099511627776",
        "9007199254740993, 9007199254740993",
    })
    void sizesAreReadAsDockerReadsThem(String text, long bytes) throws UsageException {
        assertThat(Quantities.bytes("--memory", text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "lots",
                "m",
                "-1",
                "-32m",
                "32mm",
                "32x",
                "1.2.3k",
                ".",
                ".k",
                "0x10",
                "1e3",
                "٣m",
                "9999999999t"
            })
    void whatIsNoSizeIsRefusedWithAnExample(String text) {
        assertThatThrownBy(() -> Quantities.bytes("--memory", text))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith("invalid --memory '" + text + "': ");
    }

    @ParameterizedTest
    @CsvSource({"1, 1000", "1.5, 1500", "0, 0", "0.01, 10", ".5, 500", "2.0005, 2001", "128, 128000"})
    void cpusAreThousandths(String text, long milliCpus) throws UsageException {
        assertThat(Quantities.milliCpus("--cpus", text)).isEqualTo(milliCpus);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "0.001", "one", "1,5", "1e2", "100000", "NaN", "Infinity"})
    void whatIsNoNumberOfCpusIsRefused(String text) {
        assertThatThrownBy(() -> Quantities.milliCpus("--cpus", text)).isInstanceOf(UsageException.class);
    }
}
