package org.caisson.vfs.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.XattrCalls;
import org.caisson.vfs.Acl;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Access control lists that the host keeps decide who may do what. */
@ExtendWith(FdLeakCheck.class)
class HostAclTest {
    private static final Credentials OF_THE_GROUP = Credentials.of(1000, 1000);
    private static final Credentials OF_THE_LIST = Credentials.of(1001, 2000);

    @TempDir
    Path directory;

    private HostFileSystem open(boolean exclusive) throws ErrnoException {
        HostCaching caching = exclusive ? HostCaching.EXCLUSIVE : HostCaching.NONE;
        return HostFileSystem.open(directory.toString(), HostOptions.DEFAULT.withCaching(caching));
    }

    /** The owner may do all, the owning group what is given, group 2000 what is given to it, others nothing. */
    private static byte[] list(int group, int named) {
        ByteBuffer out = ByteBuffer.allocate(44).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(2);
        entry(out, 0x01, 7, -1);
        entry(out, 0x04, group, -1);
        entry(out, 0x08, named, 2000);
        entry(out, 0x10, 7, -1);
        entry(out, 0x20, 0, -1);
        return out.array();
    }

    private static void entry(ByteBuffer out, int tag, int permissions, int id) {
        out.putShort((short) tag).putShort((short) permissions).putInt(id);
    }

    private void set(String name, byte[] list) throws ErrnoException {
        XattrCalls.lsetxattr(directory.resolve(name).toString(), "system.posix_acl_access", list, 0);
    }

    private void file(String name) throws Exception {
        Files.writeString(directory.resolve(name), "text");
        FileCalls.fchownat(-100, directory.resolve(name).toString(), 0, 1000, 0);
        FileCalls.fchmodat(-100, directory.toString(), 0755, 0);
    }

    private static @Nullable Errno read(HostTree tree, Credentials caller, String path) throws ErrnoException {
        tree.caller = caller;
        try (FileDescription file = tree.open(path, OpenFlags.O_RDONLY)) {
            assertThat(file.isReadable()).isTrue();
            return null;
        } catch (ErrnoException e) {
            return e.errno();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aListDeniesTheOwningGroupWhatTheModeShows(boolean exclusive) throws Exception {
        file("file");
        set("file", list(0, 4));
        try (HostFileSystem fileSystem = open(exclusive)) {
            HostTree tree = new HostTree(fileSystem);
            assertThat(tree.stat("file").mode & 0777).isEqualTo(0770);
            assertThat(read(tree, OF_THE_GROUP, "file")).isEqualTo(Errno.EACCES);
            assertThat(read(tree, OF_THE_LIST, "file")).isNull();
            assertThat(read(tree, Credentials.of(1002, 1002), "file")).isEqualTo(Errno.EACCES);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void walksHonourTheListsOfDirectories(boolean exclusive) throws Exception {
        Files.createDirectories(directory.resolve("above/below"));
        file("above/below/file");
        FileCalls.fchmodat(-100, directory.resolve("above/below/file").toString(), 0644, 0);
        set("above", list(0, 1));
        try (HostFileSystem fileSystem = open(exclusive)) {
            HostTree tree = new HostTree(fileSystem);
            assertThat(read(tree, Credentials.root(), "above/below/file")).isNull();
            assertThat(read(tree, OF_THE_GROUP, "above/below/file")).isEqualTo(Errno.EACCES);
            assertThat(read(tree, OF_THE_LIST, "above/below/file")).isNull();
        }
    }

    @Test
    void aListThatTheHostChangesDecidesAtOnce() throws Exception {
        file("file");
        try (HostFileSystem fileSystem = open(false)) {
            HostTree tree = new HostTree(fileSystem);
            for (int i = 0; i < 20; i++) {
                set("file", list(4, 0));
                assertThat(read(tree, OF_THE_GROUP, "file")).isNull();
                assertThat(read(tree, OF_THE_LIST, "file")).isEqualTo(Errno.EACCES);
                set("file", list(0, 4));
                assertThat(read(tree, OF_THE_GROUP, "file")).isEqualTo(Errno.EACCES);
                assertThat(read(tree, OF_THE_LIST, "file")).isNull();
            }
        }
    }

    @Test
    void aListSetOrMaskedHereDecidesAtOnce() throws Exception {
        file("file");
        try (HostFileSystem fileSystem = open(true)) {
            HostTree tree = new HostTree(fileSystem);
            assertThat(read(tree, OF_THE_LIST, "file")).isNull();
            tree.vfs.setXattr(Credentials.root(), tree.at("file"), Acl.ACCESS, MemorySegment.ofArray(list(4, 4)), 0);
            assertThat(read(tree, OF_THE_LIST, "file")).isNull();
            tree.caller = Credentials.root();
            tree.chmod("file", 0710);
            assertThat(read(tree, OF_THE_GROUP, "file")).isEqualTo(Errno.EACCES);
            assertThat(read(tree, OF_THE_LIST, "file")).isEqualTo(Errno.EACCES);
            tree.caller = Credentials.root();
            tree.chmod("file", 0770);
            assertThat(read(tree, OF_THE_LIST, "file")).isNull();
            tree.vfs.removeXattr(Credentials.root(), tree.at("file"), Acl.ACCESS);
            assertThat(read(tree, OF_THE_GROUP, "file")).isNull();
            assertThat(read(tree, OF_THE_LIST, "file")).isEqualTo(Errno.EACCES);
        }
    }

    /** A file that is found by a second name after the host changed it is not taken for what it was by the first. */
    @Test
    void theModeIsThatOfNowByEachName() throws Exception {
        file("file");
        Files.createLink(directory.resolve("other"), directory.resolve("file"));
        try (HostFileSystem fileSystem = open(false)) {
            HostTree tree = new HostTree(fileSystem);
            assertThat(read(tree, OF_THE_GROUP, "file")).isNull();
            FileCalls.fchmodat(-100, directory.resolve("file").toString(), 0600, 0);
            assertThat(read(tree, OF_THE_GROUP, "other")).isEqualTo(Errno.EACCES);
        }
    }

    @Test
    void whereThereAreNoListsTheModeDecides() throws Exception {
        try (OwnedFd context = MountCalls.fsopen("ramfs")) {
            MountCalls.fsconfigCreate(context.number());
            try (OwnedFd mounted = MountCalls.fsmount(context.number(), 0);
                    HostFileSystem fileSystem = HostFileSystem.of(mounted, HostOptions.DEFAULT)) {
                HostTree tree = new HostTree(fileSystem);
                tree.write("file", "text");
                tree.chmod("file", 0640);
                assertThat(read(tree, OF_THE_GROUP, "file")).isEqualTo(Errno.EACCES);
                tree.caller = Credentials.root();
                tree.chmod("file", 0644);
                assertThat(read(tree, OF_THE_GROUP, "file")).isNull();
            }
        }
    }
}
