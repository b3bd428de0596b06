package org.caisson.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Attributes that users define, where the store says that files can have them. */
abstract class ExtendedAttributeContract extends Contract {
    ExtendedAttributeContract(Maker maker) {
        super(maker);
    }

    @BeforeEach
    void requireSupport() throws IOException {
        assumeTrue(Files.getFileStore(directory()).supportsFileAttributeView("user"));
    }

    @Test
    void usersDefineAttributes() throws IOException {
        Path file = file("file", "");
        UserDefinedFileAttributeView view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        assertThat(view.list()).isEmpty();
        assertThat(view.write("mime", ByteBuffer.wrap("text".getBytes(UTF_8)))).isEqualTo(4);
        view.write("empty", ByteBuffer.allocate(0));
        assertThat(view.list()).containsExactlyInAnyOrder("mime", "empty");
        assertThat(view.size("mime")).isEqualTo(4);
        ByteBuffer buffer = ByteBuffer.allocateDirect(10);
        assertThat(view.read("mime", buffer)).isEqualTo(4);
        assertThat(buffer.position()).isEqualTo(4);
        assertThat(view.read("empty", ByteBuffer.allocate(0))).isZero();
        assertThatThrownBy(() -> view.read("mime", ByteBuffer.allocate(3)))
                .isExactlyInstanceOf(FileSystemException.class)
                .hasMessageEndingWith("Insufficient space in buffer");
        Files.setAttribute(file, "user:mime", "new".getBytes(UTF_8));
        assertThat(Files.readAttributes(file, "user:*")).containsOnlyKeys("mime", "empty");
        assertThat(Files.getAttribute(file, "user:mime")).isEqualTo("new".getBytes(UTF_8));
        view.delete("mime");
        assertThatThrownBy(() -> view.size("mime")).isExactlyInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> view.delete("mime")).isExactlyInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> Files.getFileAttributeView(path("no"), UserDefinedFileAttributeView.class)
                        .list())
                .isExactlyInstanceOf(NoSuchFileException.class);
    }

    @Test
    void copyOfAttributesCopiesExtendedOnes() throws IOException {
        Path source = file("source", "content");
        UserDefinedFileAttributeView view = Files.getFileAttributeView(source, UserDefinedFileAttributeView.class);
        view.write("colour", ByteBuffer.wrap(new byte[] {1, 2, 3}));
        Path target = Files.copy(source, path("target"), StandardCopyOption.COPY_ATTRIBUTES);
        assertThat(Files.getAttribute(target, "user:colour")).isEqualTo(new byte[] {1, 2, 3});
    }
}
