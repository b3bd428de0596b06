package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.caisson.vfs.Name;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionLogTest {
    @TempDir
    Path scratch = Path.of("");

    private Path file = Path.of("");

    @BeforeEach
    void choose() {
        file = scratch.resolve("log");
    }

    @Test
    void whatWasWrittenIsThereForTheNext() throws IOException {
        try (ConnectionLog log = ConnectionLog.create(file)) {
            log.agree(42);
            know(log, 2, 1, "a");
            know(log, 3L | 7L << 32, 2, "ä");
            know(log, 4, 1, "c");
            log.forget(4);
            assertThat(log.generation()).isEqualTo(1);
        }
        try (ConnectionLog log = ConnectionLog.resume(file)) {
            assertThat(log.generation()).isEqualTo(2);
            assertThat(log.isAgreed()).isTrue();
            assertThat(log.agreement()).isEqualTo(42);
            assertThat(log.known())
                    .isEqualTo(Map.of(
                            2L,
                            new ConnectionLog.Entry(1, Name.of("a")),
                            3L | 7L << 32,
                            new ConnectionLog.Entry(2, Name.of("ä"))));
        }
    }

    /** Wherever the writer ended: the whole records before that count, and what the next writes follows them. */
    @Test
    void whatWasCutOffCountsAsNotWritten() throws IOException {
        try (ConnectionLog log = ConnectionLog.create(file)) {
            know(log, 2, 1, "first");
            know(log, 3, 1, "second");
        }
        byte[] whole = Files.readAllBytes(file);
        try (ConnectionLog log = ConnectionLog.create(scratch.resolve("one"))) {
            know(log, 2, 1, "first");
        }
        int one = (int) Files.size(scratch.resolve("one"));
        for (int length = one; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            try (ConnectionLog log = ConnectionLog.resume(file)) {
                assertThat(log.known()).containsOnlyKeys(2L);
                know(log, 5, 2, "third");
            }
            try (ConnectionLog log = ConnectionLog.resume(file)) {
                assertThat(log.known()).containsOnlyKeys(2L, 5L);
            }
        }
    }

    @Test
    void whatComesAndGoesDoesNotMakeItGrow() throws IOException {
        try (ConnectionLog log = ConnectionLog.create(file)) {
            log.agree(7);
            know(log, 2, 1, "stays");
            for (long id = 3; id < 50_000; id++) {
                know(log, id, 1, "goes" + id);
                log.forget(id);
            }
        }
        assertThat(Files.size(file)).isLessThan(600_000);
        assertThat(file.resolveSibling("log.next")).doesNotExist();
        try (ConnectionLog log = ConnectionLog.resume(file)) {
            assertThat(log.known()).containsOnlyKeys(2L);
            assertThat(log.agreement()).isEqualTo(7);
            assertThat(log.generation()).isEqualTo(2);
        }
    }

    @Test
    void anotherFileIsRefused() throws IOException {
        Files.writeString(file, "something else altogether");
        assertThatThrownBy(() -> ConnectionLog.resume(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no log of a connection");
    }

    private static void know(ConnectionLog log, long id, long directory, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        log.know(id, directory, MemorySegment.ofArray(bytes), 0, bytes.length);
    }
}
