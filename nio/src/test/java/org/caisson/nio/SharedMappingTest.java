package org.caisson.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mappings that are the file itself: of files of the host, and of no others. */
class SharedMappingTest {
    @Test
    void aFileOfTheHostIsMapped(@TempDir Path directory) throws Exception {
        Path second = Files.createDirectory(directory.resolve("second"));
        Path first = Files.createDirectory(directory.resolve("first"));
        Path real = Files.writeString(first.resolve("file"), "0123456789");
        try (CaissonFileSystem system = HostTree.of(first, second, "/mount")) {
            Path ours = system.getPath("/file");
            MappedByteBuffer map;
            try (FileChannel channel = FileChannel.open(ours, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                map = channel.map(MapMode.READ_WRITE, 5, 10);
                assertThat(real).hasSize(15);
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment segment = channel.map(MapMode.READ_WRITE, 0, 15, arena);
                    segment.set(ValueLayout.JAVA_BYTE, 5, (byte) 'x');
                }
            }
            assertThat(map.get(0)).isEqualTo((byte) 'x');
            map.put(1, (byte) 'y');
            assertThat(Files.readString(ours)).startsWith("01234xy789");
            assertThat(Files.readString(real)).startsWith("01234xy789");
            try (FileChannel channel = FileChannel.open(ours, StandardOpenOption.READ)) {
                MappedByteBuffer seen = channel.map(MapMode.READ_ONLY, 0, 5);
                Files.write(real, "other".getBytes(UTF_8), StandardOpenOption.WRITE);
                assertThat((CharSequence) UTF_8.decode(seen)).hasToString("other");
            }
        }
    }

    @Test
    void aFileInMemoryIsNot() throws Exception {
        try (CaissonFileSystem system = MemoryTree.plain()) {
            Path file = Files.writeString(system.getPath("/file"), "text");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                assertThatThrownBy(() -> channel.map(MapMode.READ_WRITE, 0, 4))
                        .isExactlyInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContaining("none of the host's");
            }
        }
    }
}
