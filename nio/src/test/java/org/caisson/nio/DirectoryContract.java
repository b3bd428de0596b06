package org.caisson.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.ClosedDirectoryStreamException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Directory streams, and what begins at an open directory. */
abstract class DirectoryContract extends Contract {
    DirectoryContract(Maker maker) {
        super(maker);
    }

    private Path relative(String text) {
        return directory().getFileSystem().getPath(text);
    }

    @SuppressWarnings("StreamResourceLeak")
    private static SecureDirectoryStream<Path> open(Path path) throws IOException {
        return (SecureDirectoryStream<Path>) Files.newDirectoryStream(path);
    }

    @Test
    void streamHasEachEntryOnce() throws IOException {
        Set<Path> made = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            made.add(file("file" + i, ""));
        }
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory())) {
            assertThat(stream).containsExactlyInAnyOrderElementsOf(made);
        }
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory(), "*{11,22}")) {
            Set<Path> chosen = new HashSet<>();
            stream.forEach(chosen::add);
            assertThat(chosen).contains(path("file11"), path("file522")).hasSize(20);
        }
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory(), entry -> entry.endsWith("file7"))) {
            assertThat(stream).containsExactly(path("file7"));
        }
    }

    @Test
    void entriesBeginAsTheDirectoryWasNamed() throws IOException {
        file("file", "");
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(path("./."))) {
            assertThat(stream.iterator().next()).isEqualTo(path("./.").resolve("file"));
        }
    }

    @Test
    void streamIsIteratedOnce() throws IOException {
        DirectoryStream<Path> stream = open(directory());
        Iterator<Path> iterator = stream.iterator();
        assertThat(iterator.hasNext()).isFalse();
        assertThatThrownBy(iterator::next).isExactlyInstanceOf(NoSuchElementException.class);
        assertThatThrownBy(iterator::remove).isExactlyInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(stream::iterator).isExactlyInstanceOf(IllegalStateException.class);
        stream.close();
        stream.close();
        assertThatThrownBy(stream::iterator).isExactlyInstanceOf(IllegalStateException.class);
    }

    @Test
    void closedStreamEnds() throws IOException {
        file("a", "");
        file("b", "");
        DirectoryStream<Path> stream = open(directory());
        Iterator<Path> iterator = stream.iterator();
        iterator.next();
        stream.close();
        assertThat(iterator.hasNext()).isFalse();
    }

    @Test
    void whatAFilterThrowsComesOut() throws IOException {
        file("file", "");
        IOException failure = new IOException("no");
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory(), _ -> {
            throw failure;
        })) {
            assertThatThrownBy(() -> stream.iterator().hasNext())
                    .isExactlyInstanceOf(DirectoryIteratorException.class)
                    .hasCause(failure);
        }
    }

    @Test
    void entriesMayBeDeletedOnTheWay() throws IOException {
        for (int i = 0; i < 600; i++) {
            file("file" + i, "");
        }
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory())) {
            for (Path entry : stream) {
                Files.delete(entry);
            }
        }
        assertThat(directory()).isEmptyDirectory();
    }

    @Test
    void openDirectoryIsUsedWhereverItWent() throws IOException {
        folder("before");
        try (SecureDirectoryStream<Path> open = open(path("before"))) {
            Files.move(path("before"), path("after"));
            try (SeekableByteChannel channel = open.newByteChannel(
                    relative("file"), Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
                channel.write(ByteBuffer.wrap(new byte[] {'x'}));
            }
            assertThat(path("after/file")).hasContent("x");
            Files.createDirectory(path("after/sub"));
            try (SecureDirectoryStream<Path> sub = open.newDirectoryStream(relative("sub"))) {
                open.move(relative("file"), sub, relative("moved"));
                assertThat(sub.iterator().next()).isEqualTo(path("before/sub/moved"));
                assertThatThrownBy(() -> open.deleteDirectory(relative("sub")))
                        .isExactlyInstanceOf(DirectoryNotEmptyException.class);
                sub.deleteFile(relative("moved"));
            }
            assertThatThrownBy(() -> open.deleteFile(relative("sub"))).isExactlyInstanceOf(FileSystemException.class);
            open.deleteDirectory(relative("sub"));
            assertThatThrownBy(() -> open.deleteFile(relative("sub"))).isExactlyInstanceOf(NoSuchFileException.class);
        }
        assertThat(path("after")).isEmptyDirectory();
    }

    @Test
    void openDirectoryRefusesLinksIfAsked() throws IOException {
        folder("target");
        link("link", "target");
        try (SecureDirectoryStream<Path> open = open(directory())) {
            open.newDirectoryStream(relative("link")).close();
            assertThatThrownBy(() -> open.newDirectoryStream(relative("link"), LinkOption.NOFOLLOW_LINKS))
                    .isInstanceOf(IOException.class);
            file("file", "");
            assertThatThrownBy(() -> open.newDirectoryStream(relative("file")))
                    .isExactlyInstanceOf(NotDirectoryException.class);
        }
    }

    @Test
    void openDirectoryHasViews() throws IOException {
        file("file", "content");
        Path link = link("link", "file");
        FileTime time = FileTime.fromMillis(12_345);
        try (SecureDirectoryStream<Path> open = open(directory())) {
            PosixFileAttributeView own = open.getFileAttributeView(PosixFileAttributeView.class);
            own.setPermissions(PosixFilePermissions.fromString("rwx------"));
            own.setTimes(time, null, null);
            assertThat(own.readAttributes().isDirectory()).isTrue();
            assertThat(Files.getLastModifiedTime(directory())).isEqualTo(time);
            PosixFileAttributeView file = open.getFileAttributeView(relative("file"), PosixFileAttributeView.class);
            file.setPermissions(PosixFilePermissions.fromString("r--------"));
            assertThat(PosixFilePermissions.toString(file.readAttributes().permissions()))
                    .isEqualTo("r--------");
            assertThat(file.readAttributes().size()).isEqualTo(7);
            BasicFileAttributeView ofLink = open.getFileAttributeView(
                    relative("link"), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
            assertThat(ofLink.readAttributes().isSymbolicLink()).isTrue();
            assertThat(open.getFileAttributeView(link, BasicFileAttributeView.class)
                            .readAttributes()
                            .isRegularFile())
                    .isTrue();
        }
    }

    @Test
    void closedDirectoryIsOfNoUse() throws IOException {
        SecureDirectoryStream<Path> open = open(directory());
        BasicFileAttributeView view = open.getFileAttributeView(relative("file"), BasicFileAttributeView.class);
        open.close();
        assertThatThrownBy(view::readAttributes).isExactlyInstanceOf(ClosedDirectoryStreamException.class);
        assertThatThrownBy(() -> open.deleteFile(relative("file")))
                .isExactlyInstanceOf(ClosedDirectoryStreamException.class);
    }
}
