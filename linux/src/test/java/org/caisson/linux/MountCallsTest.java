package org.caisson.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Each test mounts in a mount namespace of its own thread, which goes with all mounts in it. */
@ExtendWith(FdLeakCheck.class)
class MountCallsTest {
    @TempDir
    Path directory;

    @Test
    void aFileSystemIsConfiguredMadeAndAttached() throws Exception {
        String target = directory.toString();
        inOwnMounts(() -> {
            try (OwnedFd mount = tmpfs();
                    Arena arena = Arena.ofConfined()) {
                MountCalls.attach(mount.number(), target);
                StatFs stat = StatFs.allocate(arena);
                try (OwnedFd root = FileCalls.open(target, OpenFlags.O_PATH)) {
                    FileCalls.fstatfs(root.number(), stat);
                    assertThat(stat.type()).isEqualTo(StatFs.TMPFS_MAGIC);
                    assertThat(stat.blocks() * stat.blockSize()).isEqualTo(1 << 20);
                    Statx statx = Statx.allocate(arena);
                    FileCalls.statx(root.number(), statx);
                    assertThat(statx.isMountRoot()).isTrue();
                }
                assertThat(mountInfo()).contains(" " + target + " ");
                MountCalls.umount2(target, MountFlags.MNT_DETACH);
                assertThat(mountInfo()).doesNotContain(" " + target + " ");
            }
            return true;
        });
        assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(target);
    }

    @Test
    void aWrongOptionIsToldInTheFileSystemsWords() throws ErrnoException {
        try (OwnedFd context = MountCalls.fsopen("tmpfs")) {
            assertThatThrownBy(() -> MountCalls.fsconfigString(context.number(), "colour", "red"))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL))
                    .hasMessageContaining("fsconfig colour (")
                    .hasMessageContaining("Unknown parameter 'colour'");
        }
        fails(Errno.ENODEV, () -> MountCalls.fsopen("nosuchfs"));
    }

    @Test
    void attributesOfAMountChange() throws Exception {
        inOwnMounts(() -> {
            try (OwnedFd mount = tmpfs()) {
                FileCalls.mkdirat(mount.number(), "before", 0700);
                long readOnly = MountFlags.MOUNT_ATTR_RDONLY;
                MountCalls.mountSetattr(mount.number(), "", AtFlags.AT_EMPTY_PATH, readOnly, 0, 0, 0);
                fails(Errno.EROFS, () -> FileCalls.mkdirat(mount.number(), "during", 0700));
                MountCalls.mountSetattr(mount.number(), "", AtFlags.AT_EMPTY_PATH, 0, readOnly, 0, 0);
                FileCalls.mkdirat(mount.number(), "after", 0700);
            }
            return true;
        });
    }

    @Test
    void aFileSystemIsReconfigured() throws Exception {
        inOwnMounts(() -> {
            try (OwnedFd mount = tmpfs();
                    OwnedFd context = MountCalls.fspick(mount.number());
                    Arena arena = Arena.ofConfined()) {
                MountCalls.fsconfigString(context.number(), "size", "2m");
                MountCalls.fsconfigFlag(context.number(), "ro");
                MountCalls.fsconfigReconfigure(context.number());
                StatFs stat = StatFs.allocate(arena);
                FileCalls.fstatfs(mount.number(), stat);
                assertThat(stat.blocks() * stat.blockSize()).isEqualTo(2 << 20);
                fails(Errno.EROFS, () -> FileCalls.mkdirat(mount.number(), "x", 0700));
            }
            return true;
        });
    }

    @Test
    void classicMountAndOpenTreeShowTheSameFiles() throws Exception {
        Path source = Files.createDirectory(directory.resolve("source"));
        Path target = Files.createDirectory(directory.resolve("target"));
        Files.writeString(source.resolve("file"), "content");
        inOwnMounts(() -> {
            MountCalls.mount(source.toString(), target.toString(), null, MountFlags.MS_BIND, null);
            assertThat(new String(FileCalls.readFile(target.resolve("file").toString()), UTF_8))
                    .isEqualTo("content");
            int flags = MountFlags.OPEN_TREE_CLONE | AtFlags.AT_RECURSIVE;
            try (OwnedFd tree = MountCalls.openTree(AtFlags.AT_FDCWD, target.toString(), flags);
                    OwnedFd file = FileCalls.openat(tree.number(), "file", OpenFlags.O_RDONLY, 0)) {
                MountCalls.umount2(target.toString(), 0);
                assertThat(new String(FileCalls.readAll(file.number()), UTF_8)).isEqualTo("content");
            }
            fails(Errno.EINVAL, () -> MountCalls.umount2(target.toString(), 0));
            return true;
        });
    }

    @Test
    void anIdMappedMountShiftsOwners() throws Exception {
        Files.createFile(directory.resolve("file"));
        FileCalls.fchownat(AtFlags.AT_FDCWD, directory.resolve("file").toString(), 5, 6, 0);
        try (FileCalls.Pipe life = FileCalls.pipe2(0);
                FileCalls.Pipe ready = FileCalls.pipe2(0);
                Scratch scratch = Scratch.open()) {
            int pid = ProcessCalls.spawn(SpawnRequest.of("/usr/bin/unshare")
                    .arguments(List.of("unshare", "--user", "sh", "-c", "echo; exec cat"))
                    .environment("PATH", "/usr/bin:/bin")
                    .descriptor(life.reader(), 0)
                    .descriptor(ready.writer(), 1));
            assertThat(FileCalls.read(ready.reader().number(), scratch.allocate(1)))
                    .isEqualTo(1);
            FileCalls.writeFile("/proc/" + pid + "/uid_map", "0 300000 100".getBytes(UTF_8));
            FileCalls.writeFile("/proc/" + pid + "/gid_map", "0 400000 100".getBytes(UTF_8));
            try (OwnedFd userNamespace = FileCalls.open("/proc/" + pid + "/ns/user", OpenFlags.O_RDONLY);
                    OwnedFd tree =
                            MountCalls.openTree(AtFlags.AT_FDCWD, directory.toString(), MountFlags.OPEN_TREE_CLONE);
                    Arena arena = Arena.ofConfined()) {
                MountCalls.idmap(tree.number(), userNamespace.number(), false);
                Statx stat = Statx.allocate(arena);
                FileCalls.statx(tree.number(), "file", 0, Statx.STATX_BASIC_STATS, stat);
                assertThat(stat.uid()).isEqualTo(300_005);
                assertThat(stat.gid()).isEqualTo(400_006);
                assertThat(NamespaceCalls.type(userNamespace.number())).isEqualTo(CloneFlags.CLONE_NEWUSER);
                assertThat(NamespaceCalls.ownerUid(userNamespace.number())).isEqualTo(ProcessCalls.getuid());
            }
            life.writer().close();
            assertThat(ProcessCalls.waitForExit(pid).shellStatus()).isZero();
        }
    }

    @Test
    void statmountAgreesWithMountinfo() throws Exception {
        String target = directory.toString();
        inOwnMounts(() -> {
            try (OwnedFd mount = tmpfs();
                    Arena arena = Arena.ofConfined()) {
                MountCalls.attach(mount.number(), target);
                Statx statx = Statx.allocate(arena);
                int mask = Statx.STATX_MNT_ID_UNIQUE;
                FileCalls.statx(AtFlags.AT_FDCWD, target, 0, mask, statx);
                StatMount stat = StatMount.allocate(arena, 4096);
                long wanted = StatMount.STATMOUNT_SB_BASIC
                        | StatMount.STATMOUNT_MNT_BASIC
                        | StatMount.STATMOUNT_MNT_POINT
                        | StatMount.STATMOUNT_MNT_ROOT
                        | StatMount.STATMOUNT_FS_TYPE;
                MountCalls.statmount(statx.mountId(), wanted, stat);
                assertThat(stat.mask()).isEqualTo(wanted);
                assertThat(stat.mountId()).isEqualTo(statx.mountId());
                assertThat(stat.magic()).isEqualTo(StatFs.TMPFS_MAGIC);
                assertThat(new String(stat.fileSystemType(), UTF_8)).isEqualTo("tmpfs");
                assertThat(new String(stat.mountPoint(), UTF_8)).isEqualTo(target);
                assertThat(new String(stat.root(), UTF_8)).isEqualTo("/");
                assertThat(stat.attributes()).isEqualTo(MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NODEV);
                String[] line = mountInfo()
                        .lines()
                        .filter(l -> l.contains(" " + target + " "))
                        .findFirst()
                        .orElseThrow()
                        .split(" ", -1);
                assertThat(line[0]).isEqualTo(String.valueOf(stat.oldMountId()));
                assertThat(line[2]).isEqualTo(stat.deviceMajor() + ":" + stat.deviceMinor());
                MemorySegment ids = arena.allocate(8 * 1024, 8);
                int count = MountCalls.listmount(MountCalls.LSMT_ROOT, 0, ids);
                assertThat(count).isEqualTo((int) mountInfo().lines().count());
            }
            return true;
        });
    }

    private static OwnedFd tmpfs() throws ErrnoException {
        try (OwnedFd context = MountCalls.fsopen("tmpfs")) {
            MountCalls.fsconfigString(context.number(), "size", "1m");
            MountCalls.fsconfigCreate(context.number());
            return MountCalls.fsmount(context.number(), MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NODEV);
        }
    }

    private static String mountInfo() throws ErrnoException {
        return new String(FileCalls.readFile("/proc/thread-self/mountinfo"), UTF_8);
    }

    private static void inOwnMounts(Callable<Boolean> task) throws Exception {
        Threads.run(() -> {
            NamespaceCalls.unshare(CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_FS);
            MountCalls.mount(null, "/", null, MountFlags.MS_REC | MountFlags.MS_PRIVATE, null);
            return task.call();
        });
    }

    private static void fails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
