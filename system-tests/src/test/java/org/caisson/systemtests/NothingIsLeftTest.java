package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Runs after every other class: the host is as it was before the first test. */
@Order(Integer.MAX_VALUE)
class NothingIsLeftTest {
    @Test
    void noMountProcessCgroupSocketOrFileIsLeft() throws Exception {
        var before = BeforeTheSuite.snapshot();
        Await.until(
                "the last killed process is reaped",
                Duration.ofSeconds(10),
                () -> HostSnapshot.take().processes().equals(before.processes()));
        assertThat(HostSnapshot.take()).isEqualTo(before);
    }
}
