package org.caisson.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Copying and moving. */
abstract class CopyContract extends Contract {
    private static final FileTime LONG_AGO = FileTime.from(Instant.parse("1999-12-31T23:59:59.123456789Z"));

    CopyContract(Maker maker) {
        super(maker);
    }

    @Test
    void copyHasContentAndPermissionsButNotTheTime() throws IOException {
        Path source = file("source", "content".repeat(10_000));
        Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("rwxrwx--x"));
        Files.setLastModifiedTime(source, LONG_AGO);
        Path target = Files.copy(source, path("target"));
        assertThat(Files.mismatch(source, target)).isEqualTo(-1);
        // What the umask leaves of them.
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rwxr-x--x");
        assertThat(Files.getLastModifiedTime(target)).isNotEqualTo(LONG_AGO);
    }

    @Test
    void copyOfAttributesCopiesAll() throws IOException {
        Path source = file("source", "content");
        Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("rw-rw-rw-"));
        Files.setAttribute(source, "unix:uid", 12_345);
        Files.setAttribute(source, "unix:gid", 23_456);
        Files.setLastModifiedTime(source, LONG_AGO);
        Path target = Files.copy(source, path("target"), StandardCopyOption.COPY_ATTRIBUTES);
        assertThat(Files.getLastModifiedTime(target)).isEqualTo(LONG_AGO);
        assertThat(Files.readAttributes(target, "unix:uid,gid,permissions"))
                .isEqualTo(Files.readAttributes(source, "unix:uid,gid,permissions"));
    }

    @Test
    void copyOntoSomethingNeedsLeave() throws IOException {
        Path source = file("source", "new");
        Path target = file("target", "old");
        assertThatThrownBy(() -> Files.copy(source, target))
                .isExactlyInstanceOf(FileAlreadyExistsException.class)
                .hasMessage(target.toString());
        Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING);
        assertThat(target).hasContent("new");
        folder("full/sub");
        assertThatThrownBy(() -> Files.copy(source, path("full"), StandardCopyOption.REPLACE_EXISTING))
                .isExactlyInstanceOf(DirectoryNotEmptyException.class);
        Files.copy(source, path("full/sub"), StandardCopyOption.REPLACE_EXISTING);
        assertThat(path("full/sub")).hasContent("new");
        Files.copy(source, source);
        assertThat(source).hasContent("new");
        assertThatThrownBy(() -> Files.copy(source, path("no/target"))).isExactlyInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> Files.copy(path("no"), target)).isExactlyInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> Files.copy(source, path("x"), StandardCopyOption.ATOMIC_MOVE))
                .isExactlyInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void copyOfADirectoryIsEmpty() throws IOException {
        folder("source/sub");
        Path target = Files.copy(path("source"), path("target"));
        assertThat(target).isEmptyDirectory();
    }

    @Test
    void linkIsCopiedOrFollowed() throws IOException {
        file("file", "content");
        Path link = link("link", "file");
        assertThat(Files.isSymbolicLink(Files.copy(link, path("followed")))).isFalse();
        Path same = Files.copy(link, path("kept"), LinkOption.NOFOLLOW_LINKS);
        assertThat(Files.readSymbolicLink(same)).hasToString("file");
        // What is replaced is the link itself.
        Files.copy(path("followed"), path("kept"), StandardCopyOption.REPLACE_EXISTING);
        assertThat(Files.isSymbolicLink(path("kept"))).isFalse();
    }

    @Test
    void copyCrossesMounts() throws IOException {
        Path source = file("source", "x".repeat(300_000));
        Path target = Files.copy(source, elsewhere().resolve("target"));
        assertThat(Files.mismatch(source, target)).isEqualTo(-1);
    }

    @Test
    void streamsAreCopied() throws IOException {
        Path target = path("target");
        assertThat(Files.copy(new ByteArrayInputStream(new byte[5000]), target)).isEqualTo(5000);
        assertThatThrownBy(() -> Files.copy(new ByteArrayInputStream(new byte[1]), target))
                .isExactlyInstanceOf(FileAlreadyExistsException.class);
        ByteArrayOutputStream sink = new ByteArrayOutputStream();
        assertThat(Files.copy(target, sink)).isEqualTo(5000);
    }

    @Test
    void moveKeepsTheFile() throws IOException {
        Path source = file("source", "content");
        Object key = Files.getAttribute(source, "fileKey");
        Path target = Files.move(source, path("target"));
        assertThat(source).doesNotExist();
        assertThat(Files.getAttribute(target, "fileKey")).isEqualTo(key);
        Path directory = folder("directory/sub").getParent();
        Files.move(directory, path("moved"));
        assertThat(path("moved/sub")).isDirectory();
    }

    @Test
    void moveOntoSomethingNeedsLeave() throws IOException {
        Path source = file("source", "new");
        Path target = file("target", "old");
        assertThatThrownBy(() -> Files.move(source, target)).isExactlyInstanceOf(FileAlreadyExistsException.class);
        folder("full/sub");
        assertThatThrownBy(() -> Files.move(source, path("full"), StandardCopyOption.REPLACE_EXISTING))
                .isExactlyInstanceOf(DirectoryNotEmptyException.class);
        Files.move(source, target, StandardCopyOption.REPLACE_EXISTING);
        assertThat(target).hasContent("new");
        Files.move(target, target);
        assertThat(target).hasContent("new");
        assertThatThrownBy(() -> Files.move(source, path("other"))).isExactlyInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> Files.move(target, path("other"), StandardCopyOption.COPY_ATTRIBUTES))
                .isExactlyInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void atomicMoveReplacesWithoutBeingAsked() throws IOException {
        Path source = file("source", "new");
        Path target = file("target", "old");
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
        assertThat(target).hasContent("new");
        Path directory = folder("directory");
        assertThatThrownBy(() -> Files.move(target, directory, StandardCopyOption.ATOMIC_MOVE))
                .isExactlyInstanceOf(FileSystemException.class)
                .hasMessage(target + " -> " + directory + ": Is a directory");
    }

    @Test
    void directoryCannotBeMovedIntoItself() throws IOException {
        Path directory = folder("directory");
        assertThatThrownBy(() -> Files.move(directory, path("directory/sub")))
                .isExactlyInstanceOf(FileSystemException.class)
                .hasMessage(directory + " -> " + path("directory/sub") + ": Invalid argument");
    }

    @Test
    void moveCrossesMountsByCopying() throws IOException {
        Path source = file("source", "content");
        Files.setLastModifiedTime(source, LONG_AGO);
        Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertThatThrownBy(() -> Files.move(source, elsewhere().resolve("x"), StandardCopyOption.ATOMIC_MOVE))
                .isExactlyInstanceOf(AtomicMoveNotSupportedException.class);
        Path target = Files.move(source, elsewhere().resolve("target"));
        assertThat(source).doesNotExist();
        assertThat(target).hasContent("content");
        assertThat(Files.getLastModifiedTime(target)).isEqualTo(LONG_AGO);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw-rw-rw-");
        Path full = folder("full/sub").getParent();
        assertThatThrownBy(() -> Files.move(full, elsewhere().resolve("full")))
                .isExactlyInstanceOf(DirectoryNotEmptyException.class);
        Path empty = Files.move(path("full/sub"), elsewhere().resolve("empty"));
        assertThat(empty).isEmptyDirectory();
        Path link = Files.move(link("link", "nowhere"), elsewhere().resolve("link"));
        assertThat(Files.readSymbolicLink(link)).hasToString("nowhere");
    }
}
