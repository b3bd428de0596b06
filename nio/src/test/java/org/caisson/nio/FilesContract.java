package org.caisson.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Making, finding and deleting files. */
abstract class FilesContract extends Contract {
    FilesContract(Maker maker) {
        super(maker);
    }

    @Test
    void textSurvives() throws IOException {
        Path file = folder("ä/ö").resolve("ü");
        Files.writeString(file, "Grüße\n");
        assertThat(Files.readString(file)).isEqualTo("Grüße\n");
        assertThat(Files.readAllLines(file)).containsExactly("Grüße");
        assertThat(Files.size(file)).isEqualTo("Grüße\n".getBytes(StandardCharsets.UTF_8).length);
    }

    @Test
    void writingReplacesOrAppends() throws IOException {
        Path file = file("file", "long content");
        Files.writeString(file, "short");
        Files.writeString(file, "!", StandardOpenOption.APPEND);
        assertThat(Files.readString(file)).isEqualTo("short!");
        assertThatThrownBy(() -> Files.writeString(file, "x", StandardOpenOption.CREATE_NEW))
                .isExactlyInstanceOf(FileAlreadyExistsException.class)
                .hasMessage(file.toString());
    }

    @Test
    void missingFileIsNamed() {
        Path missing = path("missing");
        assertThatThrownBy(() -> Files.readString(missing))
                .isExactlyInstanceOf(NoSuchFileException.class)
                .hasMessage(missing.toString());
        assertThatThrownBy(() -> Files.size(missing)).isExactlyInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> Files.delete(missing)).isExactlyInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(missing::toRealPath).isExactlyInstanceOf(NoSuchFileException.class);
        assertThat(Files.exists(missing)).isFalse();
        assertThat(Files.notExists(missing)).isTrue();
    }

    @Test
    void fileIsNoDirectory() throws IOException {
        Path below = file("file", "").resolve("below");
        assertThatThrownBy(() -> Files.writeString(below, ""))
                .isExactlyInstanceOf(FileSystemException.class)
                .hasMessage(below + ": Not a directory");
        assertThatThrownBy(() -> Files.createDirectory(below)).isExactlyInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> Files.newDirectoryStream(path("file")))
                .isExactlyInstanceOf(NotDirectoryException.class);
        assertThatThrownBy(() -> Files.size(below)).isExactlyInstanceOf(NoSuchFileException.class);
        assertThat(Files.exists(below)).isFalse();
    }

    @Test
    void directoryIsNoFile() throws IOException {
        Path directory = folder("directory");
        assertThatThrownBy(() -> Files.writeString(directory, ""))
                .isExactlyInstanceOf(FileSystemException.class)
                .hasMessage(directory + ": Is a directory");
        assertThatThrownBy(() -> Files.readString(directory))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("Is a directory");
    }

    @Test
    void directoriesAreMadeOnce() throws IOException {
        Path deep = Files.createDirectories(path("a/b/c"));
        assertThat(Files.createDirectories(deep)).isEqualTo(deep);
        assertThatThrownBy(() -> Files.createDirectory(deep)).isExactlyInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> Files.createDirectory(path("x/y"))).isExactlyInstanceOf(NoSuchFileException.class);
        Path file = file("file", "");
        assertThatThrownBy(() -> Files.createDirectories(file)).isExactlyInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void permissionsAreGivenAtTheStart() throws IOException {
        FileAttribute<?> narrow = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw--w--w-"));
        Path file = Files.createFile(path("file"), narrow);
        // The umask takes away what group and others may write.
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        FileAttribute<?> wide = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Path directory = Files.createDirectory(path("directory"), wide);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
    }

    @Test
    void temporaryFilesHaveNamesOfTheirOwn() throws IOException {
        Path one = Files.createTempFile(directory(), "a", ".tmp");
        Path two = Files.createTempFile(directory(), "a", ".tmp");
        Path three = Files.createTempDirectory(directory(), "a");
        assertThat(one).isNotEqualTo(two).exists();
        assertThat(Files.isDirectory(three)).isTrue();
    }

    @Test
    void deletionNeedsAnEmptyDirectory() throws IOException {
        Path directory = folder("directory");
        file("directory/file", "");
        assertThatThrownBy(() -> Files.delete(directory))
                .isExactlyInstanceOf(DirectoryNotEmptyException.class)
                .hasMessage(directory.toString());
        Files.delete(path("directory/file"));
        assertThat(Files.deleteIfExists(directory)).isTrue();
        assertThat(Files.deleteIfExists(directory)).isFalse();
    }

    @Test
    void linksAreFollowedUnlessSaidOtherwise() throws IOException {
        Path file = file("file", "content");
        Path link = link("link", "file");
        assertThat(Files.readString(link)).isEqualTo("content");
        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(Files.isRegularFile(link)).isTrue();
        assertThat(Files.isRegularFile(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(Files.readSymbolicLink(link)).isEqualTo(link.getFileSystem().getPath("file"));
        assertThat(Files.isSameFile(file, link)).isTrue();
        Files.delete(link);
        assertThat(file).exists();
    }

    @Test
    void whatIsNoLinkCannotBeReadAsOne() throws IOException {
        assertThatThrownBy(() -> Files.readSymbolicLink(file("file", "")))
                .isExactlyInstanceOf(NotLinkException.class)
                .hasMessage(path("file").toString());
    }

    @Test
    void brokenLinkIsThereButLeadsNowhere() throws IOException {
        Path link = link("link", "missing");
        assertThat(Files.exists(link)).isFalse();
        assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isTrue();
        assertThatThrownBy(() -> Files.readString(link)).isExactlyInstanceOf(NoSuchFileException.class);
        Files.writeString(link, "made");
        assertThat(Files.readString(path("missing"))).isEqualTo("made");
    }

    @Test
    void circleOfLinksIsFound() throws IOException {
        link("a", "b");
        Path link = link("b", "a");
        assertThatThrownBy(() -> Files.readString(link))
                .isExactlyInstanceOf(FileSystemException.class)
                .hasMessage(link + ": Too many levels of symbolic links or unable to access attributes of"
                        + " symbolic link");
        assertThat(Files.exists(link)).isFalse();
        assertThat(Files.notExists(link)).isFalse();
    }

    @Test
    void openWithoutFollowingRefusesALink() throws IOException {
        file("file", "");
        Path link = link("link", "file");
        assertThatThrownBy(() -> Files.newByteChannel(link, LinkOption.NOFOLLOW_LINKS))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("Too many levels of symbolic links (NOFOLLOW_LINKS specified)");
    }

    @Test
    void hardLinksAreOneFile() throws IOException {
        Path one = file("one", "1");
        Path two = Files.createLink(path("two"), one);
        Files.writeString(one, "changed");
        assertThat(Files.readString(two)).isEqualTo("changed");
        assertThat(Files.isSameFile(one, two)).isTrue();
        assertThat(Files.getAttribute(two, "unix:nlink")).isEqualTo(2);
        assertThatThrownBy(() -> Files.createLink(two, one))
                .isExactlyInstanceOf(FileAlreadyExistsException.class)
                .hasMessage(two + " -> " + one);
        assertThatThrownBy(() -> Files.createLink(elsewhere().resolve("x"), one))
                .isExactlyInstanceOf(FileSystemException.class)
                .hasMessageEndingWith("Invalid cross-device link");
    }

    @Test
    void sameFileMeansTheFile() throws IOException {
        Path one = file("one", "");
        Path two = file("two", "");
        Path missing = path("missing");
        assertThat(Files.isSameFile(one, two)).isFalse();
        assertThat(Files.isSameFile(missing, missing)).isTrue();
        assertThatThrownBy(() -> Files.isSameFile(one, missing)).isExactlyInstanceOf(NoSuchFileException.class);
        assertThat(Files.mismatch(one, two)).isEqualTo(-1);
        Files.writeString(two, "x");
        assertThat(Files.mismatch(one, two)).isEqualTo(0);
    }

    @Test
    void realPathFollowsOrKeepsLinks() throws IOException {
        Path real = directory().toRealPath();
        folder("a/b");
        link("link", "a/b");
        assertThat(path("link/../b/.").toRealPath()).isEqualTo(real.resolve("a/b"));
        assertThat(path("a/../link/./").toRealPath(LinkOption.NOFOLLOW_LINKS)).isEqualTo(path("link"));
        assertThat(path("link/../b").toRealPath(LinkOption.NOFOLLOW_LINKS)).isEqualTo(path("link/../b"));
        assertThatThrownBy(() -> path("link/../x").toRealPath(LinkOption.NOFOLLOW_LINKS))
                .isExactlyInstanceOf(NoSuchFileException.class);
    }

    @Test
    void dotFilesAreHidden() throws IOException {
        assertThat(Files.isHidden(path(".hidden"))).isTrue();
        assertThat(Files.isHidden(path("plain"))).isFalse();
        assertThat(Files.isHidden(directory().getRoot())).isFalse();
    }

    @Test
    void rootMayDoEverythingButRunWhatIsNoProgram() throws IOException {
        Path file = file("file", "");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        assertThat(Files.isReadable(file)).isTrue();
        assertThat(Files.isWritable(file)).isTrue();
        assertThat(Files.isExecutable(file)).isFalse();
        assertThat(Files.isReadable(path("missing"))).isFalse();
        assertThatThrownBy(() -> file.getFileSystem().provider().checkAccess(file, java.nio.file.AccessMode.EXECUTE))
                .isExactlyInstanceOf(AccessDeniedException.class)
                .hasMessage(file.toString());
    }

    @Test
    void longNamesAreRefused() {
        Path file = path("x".repeat(256));
        assertThatThrownBy(() -> Files.createFile(file))
                .isExactlyInstanceOf(FileSystemException.class)
                .hasMessage(file + ": File name too long");
    }

    @Test
    void walksMeetEverything() throws IOException {
        folder("a/b");
        folder("c");
        file("a/b/file", "");
        link("c/link", "../a");
        try (Stream<Path> walk = Files.walk(directory())) {
            assertThat(walk.map(file -> directory().relativize(file).toString()))
                    .containsExactlyInAnyOrder("", "a", "a/b", "a/b/file", "c", "c/link");
        }
        try (Stream<Path> walk = Files.walk(directory(), FileVisitOption.FOLLOW_LINKS)) {
            assertThat(walk.map(file -> directory().relativize(file).toString()))
                    .contains("c/link/b/file");
        }
        try (Stream<Path> found = Files.find(directory(), 9, (_, attributes) -> attributes.isRegularFile())) {
            assertThat(found).containsExactly(path("a/b/file"));
        }
    }

    @Test
    void walkThatFollowsFindsALoop() throws IOException {
        folder("a");
        link("a/up", "..");
        assertThatThrownBy(() -> {
                    try (Stream<Path> walk = Files.walk(directory(), FileVisitOption.FOLLOW_LINKS)) {
                        walk.forEach(_ -> {});
                    }
                })
                .hasCauseExactlyInstanceOf(FileSystemLoopException.class);
    }

    @Test
    void treesAreDeleted() throws IOException {
        folder("top/a/b");
        file("top/a/b/file", "");
        link("top/link", "..");
        Trees.delete(path("top"));
        assertThat(path("top")).doesNotExist();
    }

    @Test
    void foreignPathsAreRefused() throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(path("foreign.zip"), Map.of("create", "true"))) {
            Path foreign = zip.getPath("file");
            assertThatThrownBy(() -> directory().resolve(foreign)).isInstanceOf(ProviderMismatchException.class);
            assertThatThrownBy(() -> directory().getFileSystem().provider().delete(foreign))
                    .isInstanceOf(ProviderMismatchException.class);
            assertThat(directory().startsWith(foreign)).isFalse();
        }
    }

    @Test
    void linesAndBytesStream() throws IOException {
        Path file = Files.write(path("file"), List.of("one", "two", "three"));
        try (Stream<String> lines = Files.lines(file)) {
            assertThat(lines).containsExactly("one", "two", "three");
        }
        try (var reader = Files.newBufferedReader(file)) {
            assertThat(reader.readLine()).isEqualTo("one");
        }
        byte[] bytes = new byte[100_000];
        Files.write(file, bytes);
        try (var stream = Files.newInputStream(file)) {
            assertThat(stream.readAllBytes()).isEqualTo(bytes);
        }
    }
}
