package org.caisson.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.ClosedDirectoryStreamException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.spi.FileSystemProvider;
import java.util.Map;
import org.caisson.vfs.Credentials;
import org.junit.jupiter.api.Test;

/** File systems by name, and what becomes of one that is closed. */
class CaissonFileSystemTest {
    @Test
    void jdkFindsTheProvider() {
        assertThat(FileSystemProvider.installedProviders())
                .hasAtLeastOneElementOfType(CaissonFileSystemProvider.class)
                .contains(CaissonFileSystemProvider.instance());
    }

    @Test
    void newFileSystemIsEmptyAndOfNobodyElse() throws IOException {
        URI uri = URI.create("caisson://fresh/");
        try (FileSystem system = FileSystems.newFileSystem(uri, Map.of())) {
            Path root = system.getRootDirectories().iterator().next();
            assertThat(root).isEmptyDirectory();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root)))
                    .isEqualTo("rwxr-xr-x");
            assertThat(FileSystems.getFileSystem(URI.create("caisson://fresh"))).isSameAs(system);
            assertThatThrownBy(() -> FileSystems.newFileSystem(uri, Map.of()))
                    .isExactlyInstanceOf(FileSystemAlreadyExistsException.class);
            Path file = Files.writeString(root.resolve("a b#?ü"), "content");
            assertThat(file.toUri()).hasToString("caisson://fresh/a%20b%23%3F%C3%BC");
            assertThat(Files.readString(Path.of(file.toUri()))).isEqualTo("content");
            Path directory = Files.createDirectory(root.resolve("directory"));
            assertThat(directory.toUri()).hasToString("caisson://fresh/directory/");
            assertThat(Path.of(directory.toUri())).isEqualTo(directory);
        }
        assertThatThrownBy(() -> FileSystems.getFileSystem(uri)).isExactlyInstanceOf(FileSystemNotFoundException.class);
        assertThatThrownBy(() -> Path.of(URI.create("caisson://fresh/x")))
                .isExactlyInstanceOf(FileSystemNotFoundException.class);
    }

    @Test
    void nameMayBeEmpty() throws IOException {
        try (FileSystem system = FileSystems.newFileSystem(URI.create("caisson:///"), Map.of())) {
            Files.writeString(Path.of(URI.create("caisson:///file")), "content");
            assertThat(system.getPath("/file")).hasContent("content");
        }
    }

    @Test
    void limitsOfTmpfsApply() throws IOException {
        Map<String, ?> limits = Map.of("size", 65_536, "nr_inodes", 3, "mode", 0700);
        try (FileSystem system = FileSystems.newFileSystem(URI.create("caisson://limited/"), limits)) {
            Path root = system.getPath("/");
            assertThat(Files.getFileStore(root).getTotalSpace()).isEqualTo(65_536);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root)))
                    .isEqualTo("rwx------");
            assertThatThrownBy(() -> Files.write(root.resolve("big"), new byte[100_000]))
                    .isInstanceOf(IOException.class)
                    .hasMessage("No space left on device");
            Files.createDirectory(root.resolve("last"));
            assertThatThrownBy(() -> Files.createDirectory(root.resolve("more")))
                    .isExactlyInstanceOf(FileSystemException.class)
                    .hasMessage("/more: No space left on device");
        }
    }

    @Test
    void whatIsNotUnderstoodIsRefused() {
        for (String uri :
                new String[] {"caisson://a b/", "caisson://x/path", "caisson://x/?q", "caisson:x", "caisson://a@b/"}) {
            assertThatThrownBy(() -> CaissonFileSystemProvider.instance()
                            .newFileSystem(URI.create(uri.replace(" ", "%20")), Map.of()))
                    .as(uri)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> FileSystems.newFileSystem(URI.create("caisson://x/"), Map.of("colour", "red")))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown: [colour]");
        assertThatThrownBy(() -> FileSystems.newFileSystem(URI.create("caisson://x/"), Map.of("size", "red")))
                .isExactlyInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void givenTreeIsOpenedByItsName() throws IOException {
        try (CaissonFileSystem tree = MemoryTree.plain()) {
            Files.writeString(tree.getPath("/file"), "content");
            Map<String, ?> given = Map.of("vfs", tree.vfs(), "root", tree.root());
            try (FileSystem same = FileSystems.newFileSystem(URI.create("caisson://same/"), given)) {
                assertThat(same.getPath("/file")).hasContent("content");
                assertThat(same.getPath("/file")).isNotEqualTo(tree.getPath("/file"));
                assertThat(Files.isSameFile(same.getPath("/file"), tree.getPath("/file")))
                        .isTrue();
            }
            assertThat(tree.getPath("/file")).exists();
        }
    }

    @Test
    void closingClosesWhatIsOpen() throws IOException {
        CaissonFileSystem system = MemoryTree.plain();
        Path file = Files.writeString(system.getPath("/file"), "content");
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        SecureDirectoryStream<Path> stream = openDirectory(system.getPath("/"));
        BasicFileAttributeView view = stream.getFileAttributeView(BasicFileAttributeView.class);
        system.close();
        system.close();
        assertThat(system.isOpen()).isFalse();
        assertThat(channel.isOpen()).isFalse();
        assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(view::readAttributes).isInstanceOf(ClosedDirectoryStreamException.class);
        assertThatThrownBy(() -> Files.size(file)).isExactlyInstanceOf(ClosedFileSystemException.class);
        assertThatThrownBy(() -> Files.newByteChannel(file)).isExactlyInstanceOf(ClosedFileSystemException.class);
        assertThatThrownBy(() -> Files.list(system.getPath("/"))).isExactlyInstanceOf(ClosedFileSystemException.class);
        assertThat(file.resolve("..").normalize()).isEqualTo(system.getPath("/"));
    }

    @SuppressWarnings("StreamResourceLeak")
    private static SecureDirectoryStream<Path> openDirectory(Path path) throws IOException {
        return (SecureDirectoryStream<Path>) Files.newDirectoryStream(path);
    }

    @Test
    void defaultFileSystemIsLeftAlone() {
        assertThat(FileSystems.getDefault().provider()).isNotInstanceOf(CaissonFileSystemProvider.class);
    }

    @Test
    void usersHaveTheirOwnRights() throws IOException {
        try (CaissonFileSystem root = MemoryTree.plain();
                CaissonFileSystem user = MemoryTree.as(root, Credentials.of(1000, 1000))) {
            Files.createDirectory(
                    root.getPath("/secret"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Files.writeString(root.getPath("/secret/file"), "content");
            Files.writeString(root.getPath("/public"), "content");
            assertThat(user.getPath("/public")).hasContent("content");
            assertThatThrownBy(() -> Files.writeString(user.getPath("/public"), ""))
                    .isExactlyInstanceOf(AccessDeniedException.class)
                    .hasMessage("/public");
            assertThatThrownBy(() -> Files.readString(user.getPath("/secret/file")))
                    .isExactlyInstanceOf(AccessDeniedException.class);
            assertThat(Files.exists(user.getPath("/secret/file"))).isFalse();
            assertThat(Files.notExists(user.getPath("/secret/file"))).isFalse();
            assertThat(Files.isWritable(user.getPath("/public"))).isFalse();
            assertThatThrownBy(() -> Files.setLastModifiedTime(
                            user.getPath("/public"), java.nio.file.attribute.FileTime.fromMillis(0)))
                    .isExactlyInstanceOf(FileSystemException.class)
                    .hasMessage("/public: Operation not permitted");
            // A move that one user may do and another may not is none that is done for both.
            assertThatThrownBy(() ->
                            Files.move(root.getPath("/public"), user.getPath("/moved"), StandardCopyOption.ATOMIC_MOVE))
                    .hasMessageContaining("Invalid cross-device link");
        }
    }

    @Test
    void filesGoFromOneFileSystemToAnother() throws IOException {
        Path host = Files.createTempFile("caisson-nio", "");
        try (CaissonFileSystem one = MemoryTree.plain();
                CaissonFileSystem two = MemoryTree.plain()) {
            Path source = Files.writeString(one.getPath("/file"), "content");
            Files.copy(source, two.getPath("/file"), StandardCopyOption.COPY_ATTRIBUTES);
            assertThat(Files.getLastModifiedTime(two.getPath("/file"))).isEqualTo(Files.getLastModifiedTime(source));
            Files.move(source, two.getPath("/moved"));
            assertThat(source).doesNotExist();
            assertThat(two.getPath("/moved")).hasContent("content");
            Files.copy(two.getPath("/moved"), host, StandardCopyOption.REPLACE_EXISTING);
            assertThat(host).hasContent("content");
            Files.copy(host, one.getPath("/back"));
            assertThat(one.getPath("/back")).hasContent("content");
        } finally {
            Files.delete(host);
        }
    }
}
