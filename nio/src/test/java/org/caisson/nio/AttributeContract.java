package org.caisson.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.AclFileAttributeView;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.DosFileAttributeView;
import java.nio.file.attribute.DosFileAttributes;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Attributes, by view and by name, and the stores that files are in. */
abstract class AttributeContract extends Contract {
    AttributeContract(Maker maker) {
        super(maker);
    }

    @Test
    void basicAttributesTellTheKind() throws IOException {
        BasicFileAttributes file = Files.readAttributes(file("file", "12345"), BasicFileAttributes.class);
        assertThat(file.size()).isEqualTo(5);
        assertThat(file.isRegularFile()).isTrue();
        assertThat(file.isOther()).isFalse();
        assertThat(file.creationTime()).isLessThanOrEqualTo(file.lastModifiedTime());
        BasicFileAttributes directory = Files.readAttributes(folder("directory"), BasicFileAttributes.class);
        assertThat(directory.isDirectory()).isTrue();
        assertThat(directory.fileKey()).isNotEqualTo(file.fileKey());
        Path link = link("link", "file");
        assertThat(Files.readAttributes(link, BasicFileAttributes.class).fileKey())
                .isEqualTo(file.fileKey());
        BasicFileAttributes ofLink = Files.readAttributes(link, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        assertThat(ofLink.isSymbolicLink()).isTrue();
        assertThat(ofLink.size()).isEqualTo(4);
        assertThatThrownBy(() -> Files.readAttributes(path("missing"), BasicFileAttributes.class))
                .isExactlyInstanceOf(NoSuchFileException.class);
    }

    @Test
    void timesAreKeptToTheNanosecond() throws IOException {
        Path file = file("file", "");
        FileTime modified = FileTime.from(Instant.ofEpochSecond(1_234_567_890, 123_456_789));
        FileTime accessed = FileTime.from(Instant.ofEpochSecond(-1));
        BasicFileAttributeView view = Files.getFileAttributeView(file, BasicFileAttributeView.class);
        view.setTimes(modified, accessed, null);
        assertThat(view.readAttributes().lastModifiedTime()).isEqualTo(modified);
        assertThat(view.readAttributes().lastAccessTime()).isEqualTo(accessed);
        view.setTimes(null, FileTime.fromMillis(5), null);
        assertThat(view.readAttributes().lastModifiedTime()).isEqualTo(modified);
        assertThat(view.readAttributes().lastAccessTime()).isEqualTo(FileTime.fromMillis(5));
        view.setTimes(null, null, FileTime.fromMillis(5));
        assertThat(view.name()).isEqualTo("basic");
    }

    @Test
    void timesOfALinkAreItsOwn() throws IOException {
        Path file = file("file", "");
        Path link = link("link", "file");
        FileTime time = FileTime.fromMillis(1000);
        Files.setAttribute(link, "lastModifiedTime", time, LinkOption.NOFOLLOW_LINKS);
        assertThat(Files.getLastModifiedTime(link, LinkOption.NOFOLLOW_LINKS)).isEqualTo(time);
        assertThat(Files.getLastModifiedTime(file)).isNotEqualTo(time);
        Files.setLastModifiedTime(link, time);
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(time);
    }

    @Test
    void permissionsAreSetAndRead() throws IOException {
        Path file = file("file", "");
        for (String text : new String[] {"rwxrwxrwx", "r-x--x-w-", "---------"}) {
            Set<PosixFilePermission> permissions = PosixFilePermissions.fromString(text);
            Files.setPosixFilePermissions(file, permissions);
            assertThat(Files.getPosixFilePermissions(file)).isEqualTo(permissions);
        }
        Files.setAttribute(file, "posix:permissions", EnumSet.of(PosixFilePermission.OWNER_READ));
        assertThat(Files.getAttribute(file, "unix:mode")).isEqualTo(0100400);
        Files.setAttribute(file, "unix:mode", 06755);
        assertThat(Files.getAttribute(file, "unix:mode")).isEqualTo(0106755);
    }

    @Test
    void ownersHaveNames() throws IOException {
        Path file = file("file", "");
        UserPrincipalLookupService accounts = file.getFileSystem().getUserPrincipalLookupService();
        assertThat(Files.getOwner(file)).isEqualTo(accounts.lookupPrincipalByName("root"));
        assertThat(Files.getOwner(file)).hasToString("root");
        Files.setOwner(file, accounts.lookupPrincipalByName("daemon"));
        assertThat(Files.getOwner(file).getName()).isEqualTo("daemon");
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        view.setGroup(accounts.lookupPrincipalByGroupName("tty"));
        PosixFileAttributes attributes = view.readAttributes();
        assertThat(attributes.group().getName()).isEqualTo("tty");
        assertThat(Files.getAttribute(file, "owner:owner")).isEqualTo(attributes.owner());
        UserPrincipal nameless = accounts.lookupPrincipalByName("54321");
        Files.setAttribute(file, "owner:owner", nameless);
        assertThat(Files.getOwner(file)).isEqualTo(nameless).hasToString("54321");
        assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(54_321);
        assertThatThrownBy(() -> accounts.lookupPrincipalByName("no such user"))
                .isExactlyInstanceOf(UserPrincipalNotFoundException.class);
        FileOwnerAttributeView owner = Files.getFileAttributeView(file, FileOwnerAttributeView.class);
        assertThat(owner.name()).isEqualTo("owner");
        assertThatThrownBy(() -> owner.setOwner(attributes.group())).isExactlyInstanceOf(IOException.class);
    }

    @Test
    void namesOfAttributesAreChecked() throws IOException {
        Path file = file("file", "12");
        assertThat(Files.readAttributes(file, "size,isDirectory")).isEqualTo(Map.of("size", 2L, "isDirectory", false));
        assertThat(Files.readAttributes(file, "*"))
                .containsOnlyKeys(
                        "size",
                        "creationTime",
                        "lastAccessTime",
                        "lastModifiedTime",
                        "fileKey",
                        "isDirectory",
                        "isRegularFile",
                        "isSymbolicLink",
                        "isOther");
        assertThat(Files.readAttributes(file, "posix:*")).hasSize(12).containsKeys("permissions", "owner", "group");
        assertThat(Files.readAttributes(file, "unix:*"))
                .hasSize(20)
                .containsKeys("mode", "ino", "dev", "rdev", "nlink", "uid", "gid", "ctime");
        assertThatThrownBy(() -> Files.readAttributes(file, "colour"))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage("'colour' not recognized");
        assertThatThrownBy(() -> Files.readAttributes(file, ":size")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Files.readAttributes(file, "strange:size"))
                .isExactlyInstanceOf(UnsupportedOperationException.class)
                .hasMessage("View 'strange' not available");
        assertThatThrownBy(() -> Files.setAttribute(file, "size", 1L))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage("'basic:size' not recognized");
        assertThatThrownBy(() -> Files.setAttribute(file, "lastModifiedTime", "now"))
                .isInstanceOf(ClassCastException.class);
        assertThat(Files.getFileAttributeView(file, AclFileAttributeView.class)).isNull();
    }

    @Test
    void dosAttributesAreKeptInAnExtendedAttribute() throws IOException {
        Path file = file("file", "12345");
        assertThat(Files.readAttributes(file, "dos:readonly,hidden,system,archive"))
                .containsOnlyKeys("readonly", "hidden", "system", "archive")
                .containsValue(false)
                .doesNotContainValue(true);
        DosFileAttributeView view = Files.getFileAttributeView(file, DosFileAttributeView.class);
        assertThat(view.name()).isEqualTo("dos");
        view.setHidden(true);
        view.setArchive(true);
        Files.setAttribute(file, "dos:readonly", true);
        DosFileAttributes attributes = Files.readAttributes(file, DosFileAttributes.class);
        assertThat(attributes.isHidden()).isTrue();
        assertThat(attributes.isArchive()).isTrue();
        assertThat(attributes.isReadOnly()).isTrue();
        assertThat(attributes.isSystem()).isFalse();
        assertThat(attributes.size()).isEqualTo(5);
        assertThat(attributes.isRegularFile()).isTrue();
        assertThat(Files.getAttribute(file, "user:DOSATTRIB")).isEqualTo("0x23\0".getBytes(UTF_8));
        view.setHidden(false);
        assertThat(Files.getAttribute(file, "dos:hidden")).isEqualTo(false);
        assertThat(Files.readAttributes(file, "dos:*")).hasSize(13).containsEntry("archive", true);
        Files.setAttribute(file, "user:DOSATTRIB", "nonsense".getBytes(UTF_8));
        assertThatThrownBy(view::readAttributes).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Files.setAttribute(file, "dos:size", 1L))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessage("'dos:size' not recognized");
        Path link = link("link", "file");
        assertThatThrownBy(() -> Files.readAttributes(link, DosFileAttributes.class, LinkOption.NOFOLLOW_LINKS))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Files.readAttributes(path("missing"), DosFileAttributes.class))
                .isExactlyInstanceOf(NoSuchFileException.class);
    }

    @Test
    void storeIsTheMount() throws IOException {
        FileStore store = Files.getFileStore(directory());
        assertThat(store.type()).isEqualTo(storeType());
        assertThat(store.isReadOnly()).isFalse();
        assertThat(store).isEqualTo(Files.getFileStore(file("file", "")));
        assertThat(store).isNotEqualTo(Files.getFileStore(elsewhere()));
        assertThat(store.getBlockSize()).isEqualTo(4096);
        assertThat(store.supportsFileAttributeView("posix")).isTrue();
        assertThat(store.supportsFileAttributeView(PosixFileAttributeView.class))
                .isTrue();
        assertThat(store.supportsFileAttributeView("strange")).isFalse();
        assertThat(store.getAttribute("totalSpace")).isEqualTo(store.getTotalSpace());
        assertThatThrownBy(() -> store.getAttribute("strange"))
                .isExactlyInstanceOf(UnsupportedOperationException.class);
        assertThat(directory().getFileSystem().supportedFileAttributeViews())
                .contains("basic", "posix", "unix", "owner", "dos", "user");
    }
}
