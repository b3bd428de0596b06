package org.caisson.emulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class RunIdentityTest {
    private static final String UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    @Test
    void itIsTheSameForOneProcessAndAnotherForAnother() throws IOException, InterruptedException {
        Process first = new ProcessBuilder("sleep", "60").start();
        Process second = new ProcessBuilder("sleep", "60").start();
        try {
            RunIdentity one = RunIdentity.of((int) first.pid());
            RunIdentity other = RunIdentity.of((int) second.pid());

            assertThat(RunIdentity.of((int) first.pid())).isEqualTo(one);
            assertThat(one.productId()).matches(UUID).isNotEqualTo(other.productId());
            assertThat(one.bootId())
                    .matches(UUID)
                    .isNotEqualTo(one.productId())
                    .isNotEqualTo(other.bootId())
                    .isNotEqualTo(Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                            .strip());
        } finally {
            first.destroyForcibly().waitFor();
            second.destroyForcibly().waitFor();
        }
    }
}
