package org.caisson.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Names are bytes of no particular character set, and survive strings and URIs. */
class BytePathTest {
    @Test
    void anyBytesSurviveAString() throws IOException {
        long seed = Long.getLong("caisson.seed", 1);
        Random random = new Random(seed);
        try (CaissonFileSystem system = MemoryTree.plain()) {
            for (int i = 0; i < 5000; i++) {
                byte[] bytes = new byte[1 + random.nextInt(12)];
                random.nextBytes(bytes);
                for (int n = 0; n < bytes.length; n++) {
                    bytes[n] = bytes[n] == 0 || bytes[n] == '/' ? (byte) 0xC3 : bytes[n];
                }
                CaissonPath path = CaissonPath.of(system, bytes);
                assertThat(system.getPath(path.toString())).as("seed %d", seed).isEqualTo(path);
                assertThat(Path.of(path.toUri())).as("seed %d", seed).isEqualTo(path.toAbsolutePath());
            }
        }
    }

    @Test
    void fileWithStrangeNameIsFoundByItsListing() throws IOException {
        try (CaissonFileSystem system = MemoryTree.plain()) {
            Path strange = CaissonPath.of(system, new byte[] {'/', 'a', (byte) 0xFF, 'b'});
            Files.writeString(strange, "content");
            try (var listing = Files.list(system.getPath("/"))) {
                String name = listing.findFirst().orElseThrow().getFileName().toString();
                assertThat(name).isEqualTo("a\uDCFFb");
                assertThat(Files.readString(system.getPath("/", name))).isEqualTo("content");
            }
            assertThat(strange.toUri()).hasToString(system + "a%FFb");
        }
    }

    @Test
    void textThatIsNoPathIsRefused() throws IOException {
        try (CaissonFileSystem system = MemoryTree.plain()) {
            assertThatThrownBy(() -> system.getPath("a\0b")).isInstanceOf(InvalidPathException.class);
            assertThatThrownBy(() -> system.getPath("a\uD800b")).isInstanceOf(InvalidPathException.class);
            assertThatThrownBy(() -> system.getPath("a\uDC00b")).isInstanceOf(InvalidPathException.class);
            assertThat(system.getPath("\uD83D\uDE00").toString()).isEqualTo("\uD83D\uDE00");
            assertThatThrownBy(() -> Path.of(URI.create(system + "a%00b")))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
