package org.caisson.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DestinationTest {
    @ParameterizedTest
    @CsvSource({
        "/proc,/proc",
        "proc,/proc",
        "/proc/,/proc",
        "//proc//sys/.,/proc/sys",
        "/x/../proc,/proc",
        "../../proc,/proc",
        "/,/",
        "'',/",
        "/..,/",
        "/.hidden/..x,/.hidden/..x"
    })
    void onePlaceHasOnePath(String given, String path) {
        assertThat(Destination.of(given)).isEqualTo(path);
    }

    @Test
    void aNameThatBeginsLikeADirectoryIsNotWithinIt() {
        assertThat(Destination.isWithin("/dev/pts", "/dev")).isTrue();
        assertThat(Destination.isWithin("/dev", "/dev")).isTrue();
        assertThat(Destination.isWithin("/device", "/dev")).isFalse();
        assertThat(Destination.isWithin("/device", "/")).isTrue();
    }
}
