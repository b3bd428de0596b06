package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The serving JVM dies without a word. */
class CrashTest {
    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);

    @BeforeEach
    void useScratch() {
        caisson = new Caisson(scratch);
    }

    @Test
    void readerGetsAnErrorNothingHangsAndTheNextCommandCleansTheRest() throws Exception {
        var before = HostSnapshot.take();
        var shared = Files.createDirectory(scratch.resolve("shared"));
        var script =
                "while cat /proc/meminfo > /dev/null 2>/shared/error; do :> /shared/reading; done; echo failed > /shared/result";
        var running = caisson.start(List.of("do", "-v", shared + ":/shared", "--", "sh", "-c", script), Map.of());
        Await.until("the container reads", Duration.ofSeconds(30), () -> Files.exists(shared.resolve("reading")));

        assertThat(Caisson.host(
                                scratch,
                                "kill",
                                "-9",
                                Long.toString(running.process().pid()))
                        .status())
                .isZero();
        Await.until("the reader saw an error", Duration.ofSeconds(5), () -> Files.exists(shared.resolve("result")));
        assertThat(shared.resolve("error")).content().isNotEmpty();
        Await.until(
                "no process of the container is left",
                Duration.ofSeconds(20),
                () -> HostSnapshot.take().processes().equals(before.processes()));

        assertThat(caisson.doShell("echo well").output()).isEqualTo("well\n");
        assertThat(HostSnapshot.take()).isEqualTo(before);
        try (var left = Files.list(caisson.root())) {
            assertThat(left.filter(Files::isDirectory).filter(d -> Files.exists(d.resolve("state.json"))))
                    .isEmpty();
        }
    }
}
