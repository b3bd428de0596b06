package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
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

    /** What the tests of the modules before this one left was there already when this JVM began. */
    @Test
    void nothingIsLeftOfTheWholeBuild() throws Exception {
        var record = Path.of(System.getProperty("caisson.host-before", ""));
        assumeTrue(Files.isRegularFile(record), "this build began without a record: mvn verify of the whole makes one");
        var left = HostSnapshot.take().lines();
        Files.readAllLines(record).forEach(left::remove);
        assertThat(left).as("since the build began").isEmpty();
        Files.delete(record);
    }
}
