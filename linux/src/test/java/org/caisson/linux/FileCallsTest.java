package org.caisson.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(FdLeakCheck.class)
class FileCallsTest {
    @TempDir
    Path path;

    private @Nullable OwnedFd directory;
    private int dir;

    @BeforeEach
    void openDirectory() throws ErrnoException {
        directory = FileCalls.open(path.toString(), OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        dir = directory.number();
    }

    @AfterEach
    void closeDirectory() {
        requireNonNull(directory).close();
    }

    @Test
    void statAgreesWithTheJdk() throws IOException {
        Path file = Files.write(path.resolve("file"), new byte[12_345]);
        Map<String, Object> expected = Files.readAttributes(file, "unix:*");
        try (Arena arena = Arena.ofConfined()) {
            Statx stat = Statx.allocate(arena);
            FileCalls.statx(dir, "file", 0, Statx.STATX_BASIC_STATS | Statx.STATX_BTIME, stat);
            assertThat(stat.mode()).isEqualTo(expected.get("mode"));
            assertThat(stat.inode()).isEqualTo(expected.get("ino"));
            assertThat(stat.size()).isEqualTo(expected.get("size"));
            assertThat(stat.links()).isEqualTo(expected.get("nlink"));
            assertThat(stat.uid()).isEqualTo(expected.get("uid"));
            assertThat(stat.gid()).isEqualTo(expected.get("gid"));
            assertThat(FileCalls.deviceNumber(stat.deviceMajor(), stat.deviceMinor()))
                    .isEqualTo(expected.get("dev"));
            assertThat(time(stat.modificationSeconds(), stat.modificationNanos()))
                    .isEqualTo(expected.get("lastModifiedTime"));
            assertThat(time(stat.changeSeconds(), stat.changeNanos())).isEqualTo(expected.get("ctime"));
            assertThat(time(stat.accessSeconds(), stat.accessNanos())).isEqualTo(expected.get("lastAccessTime"));
            assertThat(time(stat.birthSeconds(), stat.birthNanos())).isEqualTo(expected.get("creationTime"));
            assertThat(StatMode.isRegular(stat.mode())).isTrue();
        }
    }

    @Test
    void timesAreSetToTheNanosecond() throws IOException {
        Path file = Files.createFile(path.resolve("file"));
        FileCalls.utimensat(dir, "file", 0, FileCalls.UTIME_OMIT, 1_234_567_890, 123_456_789, 0);
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(time(1_234_567_890, 123_456_789));
    }

    @Test
    void namesThatAreNoTextSurvive() throws IOException {
        byte[] name = {'a', (byte) 0xff, (byte) 0xfe, '\n', 'z'};
        byte[] target = {'/', (byte) 0x80, 'x'};
        try (Scratch scratch = Scratch.open()) {
            MemorySegment nativeName = scratch.string(name);
            FileCalls.symlinkat(scratch.string(target), dir, nativeName);
            assertThat(FileCalls.readlinkat(dir, nativeName)).isEqualTo(target);
            assertThat(names()).singleElement().isEqualTo(name);
            FileCalls.unlinkat(dir, nativeName, 0);
            assertThat(names()).isEmpty();
        }
    }

    @Test
    void aNulInANameIsRefusedRatherThanCutOff() {
        assertThatThrownBy(() -> FileCalls.mkdirat(dir, "good\0evil", 0755))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(path.resolve("good")).doesNotExist();
    }

    @Test
    void aPathOnTheHeapIsRefused() {
        MemorySegment heap = MemorySegment.ofArray(new byte[] {'x', 0});
        assertThatThrownBy(() -> FileCalls.mkdirat(dir, heap, 0755)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void treesAreMadeMovedAndRemoved() throws IOException {
        FileCalls.mkdirat(dir, "d", 0750);
        FileCalls.mknodat(dir, "d/fifo", StatMode.S_IFIFO | 0600, 0);
        FileCalls.openat(dir, "d/f", OpenFlags.O_CREAT | OpenFlags.O_WRONLY, 0640)
                .close();
        FileCalls.linkat(dir, "d/f", dir, "d/g", 0);
        assertThat(Files.getAttribute(path.resolve("d/g"), "unix:nlink")).isEqualTo(2);
        FileCalls.renameat2(dir, "d/f", dir, "d/h", 0);
        fails(Errno.EEXIST, () -> FileCalls.renameat2(dir, "d/g", dir, "d/h", FileCalls.RENAME_NOREPLACE));
        FileCalls.fchmodat(dir, "d/h", 0604, 0);
        FileCalls.fchownat(dir, "d/h", 12, -1, 0);
        assertThat((int) Files.getAttribute(path.resolve("d/g"), "unix:mode") & 07777)
                .isEqualTo(0604);
        assertThat(Files.getAttribute(path.resolve("d/g"), "unix:uid")).isEqualTo(12);
        fails(Errno.ENOTEMPTY, () -> FileCalls.unlinkat(dir, "d", AtFlags.AT_REMOVEDIR));
        for (String name : List.of("d/fifo", "d/g", "d/h")) {
            FileCalls.unlinkat(dir, name, 0);
        }
        FileCalls.unlinkat(dir, "d", AtFlags.AT_REMOVEDIR);
        assertThat(path).isEmptyDirectory();
    }

    @Test
    void filesAreReadAndWrittenInPlace() throws IOException {
        try (OwnedFd file = FileCalls.openat(dir, "file", OpenFlags.O_CREAT | OpenFlags.O_RDWR, 0600);
                Scratch scratch = Scratch.open()) {
            byte[] long1 = "x".repeat(100_000).getBytes(UTF_8);
            FileCalls.writeFully(file.number(), long1);
            FileCalls.pwrite(file.number(), scratch.bytes("hello".getBytes(UTF_8)), 50_000);
            MemorySegment buffer = scratch.allocate(7);
            assertThat(FileCalls.pread(file.number(), buffer, 49_999)).isEqualTo(7);
            assertThat(new String(buffer.toArray(ValueLayout.JAVA_BYTE), UTF_8)).isEqualTo("xhellox");
            FileCalls.ftruncate(file.number(), 3);
            FileCalls.fallocate(file.number(), 0, 0, 10);
            FileCalls.fsync(file.number());
            assertThat(FileCalls.lseek(file.number(), 0, FileCalls.SEEK_END)).isEqualTo(10);
            assertThat(FileCalls.readFile(path.resolve("file").toString()))
                    .isEqualTo(Files.readAllBytes(path.resolve("file")));
        }
    }

    @Test
    void aFileInProcIsReadToItsEnd() throws IOException {
        assertThat(FileCalls.readFile("/proc/version")).isEqualTo(Files.readAllBytes(Path.of("/proc/version")));
    }

    @Test
    void controlFilesTellWhatTheyRefuse() {
        assertThatThrownBy(() -> FileCalls.writeFile("/proc/self/oom_score_adj", "nonsense".getBytes(UTF_8)))
                .hasMessage("write /proc/self/oom_score_adj: Invalid argument (EINVAL)");
    }

    @Test
    void resolutionStaysWhereItIsTold() throws IOException {
        Files.createDirectory(path.resolve("etc"));
        Files.writeString(path.resolve("etc/motto"), "ours");
        Files.createSymbolicLink(path.resolve("out"), Path.of("/etc/motto"));
        fails(Errno.EXDEV, () -> FileCalls.openat2(dir, "out", 0, 0, OpenFlags.RESOLVE_BENEATH));
        fails(Errno.ELOOP, () -> FileCalls.openat2(dir, "out", 0, 0, OpenFlags.RESOLVE_NO_SYMLINKS));
        try (OwnedFd file = FileCalls.openat2(dir, "out", 0, 0, OpenFlags.RESOLVE_IN_ROOT)) {
            assertThat(new String(FileCalls.readAll(file.number()), UTF_8)).isEqualTo("ours");
        }
    }

    @Test
    void descriptorsAreCloseOnExec() throws ErrnoException {
        try (FileCalls.Pipe pipe = FileCalls.pipe2(0);
                OwnedFd event = FileCalls.eventfd(0, 0);
                OwnedFd file = FileCalls.openat(dir, ".", OpenFlags.O_RDONLY, 0)) {
            for (OwnedFd fd : List.of(pipe.reader(), pipe.writer(), event, file)) {
                assertThat(FileCalls.fcntl(fd.number(), FileCalls.F_GETFD, 0)).isEqualTo(FileCalls.FD_CLOEXEC);
            }
        }
    }

    @Test
    void pollTellsEventsHangUpsAndTheEndOfItsTime() throws ErrnoException {
        FileCalls.Pipe pipe = FileCalls.pipe2(0);
        try (pipe) {
            int reader = pipe.reader().number();
            assertThat(FileCalls.poll(reader, FileCalls.POLLIN, 0)).isZero();
            FileCalls.writeFully(pipe.writer().number(), new byte[1]);
            assertThat(FileCalls.poll(reader, FileCalls.POLLIN, -1)).isEqualTo(FileCalls.POLLIN);
            pipe.writer().close();
            assertThat(FileCalls.poll(reader, FileCalls.POLLIN, -1)).isEqualTo(FileCalls.POLLIN | FileCalls.POLLHUP);
        }
    }

    @Test
    void aReaderThatWaitsInTheKernelDoesNotHoldUpTheCollector() throws Exception {
        try (FileCalls.Pipe pipe = FileCalls.pipe2(0)) {
            FutureTask<byte[]> reader =
                    Threads.start(() -> FileCalls.readAll(pipe.reader().number()));
            System.gc();
            FileCalls.writeFully(pipe.writer().number(), new byte[] {1, 2, 3});
            pipe.writer().close();
            assertThat(reader.get(30, TimeUnit.SECONDS)).containsExactly(1, 2, 3);
        }
    }

    @Test
    void aLockKeepsOthersOut() throws IOException {
        Path file = Files.createFile(path.resolve("lock"));
        try (OwnedFd first = FileCalls.open(file.toString(), OpenFlags.O_RDWR);
                OwnedFd second = FileCalls.open(file.toString(), OpenFlags.O_RDWR)) {
            FileCalls.flock(first.number(), FileCalls.LOCK_EX);
            fails(Errno.EAGAIN, () -> FileCalls.flock(second.number(), FileCalls.LOCK_EX | FileCalls.LOCK_NB));
            FileCalls.flock(first.number(), FileCalls.LOCK_UN);
            FileCalls.flock(second.number(), FileCalls.LOCK_EX | FileCalls.LOCK_NB);
        }
    }

    @Test
    void fileSystemsAreKnownByTheirMagic() throws ErrnoException {
        try (Arena arena = Arena.ofConfined();
                OwnedFd proc = FileCalls.open("/proc", OpenFlags.O_PATH)) {
            StatFs stat = StatFs.allocate(arena);
            FileCalls.fstatfs(proc.number(), stat);
            assertThat(stat.type()).isEqualTo(StatFs.PROC_SUPER_MAGIC);
            assertThat(stat.nameLength()).isEqualTo(255);
        }
    }

    @Test
    void extendedAttributesAgreeWithTheJdk() throws IOException {
        Path file = Files.createFile(path.resolve("file"));
        UserDefinedFileAttributeView view =
                Files.getFileAttributeView(file, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        view.write("theirs", ByteBuffer.wrap(new byte[] {1, 2}));
        XattrCalls.lsetxattr(file.toString(), "user.ours", new byte[] {3}, 0);
        assertThat(XattrCalls.lgetxattr(file.toString(), "user.theirs")).containsExactly(1, 2);
        assertThat(XattrCalls.llistxattr(file.toString())).contains("user.ours", "user.theirs");
        assertThat(view.list()).containsExactlyInAnyOrder("ours", "theirs");
        XattrCalls.lremovexattr(file.toString(), "user.theirs");
        fails(Errno.ENODATA, () -> XattrCalls.lgetxattr(file.toString(), "user.theirs"));
        try (OwnedFd fd = FileCalls.open(file.toString(), OpenFlags.O_RDWR)) {
            XattrCalls.fsetxattr(fd.number(), "user.ours", new byte[] {4}, XattrCalls.XATTR_REPLACE);
            assertThat(XattrCalls.fgetxattr(fd.number(), "user.ours")).containsExactly(4);
            XattrCalls.fremovexattr(fd.number(), "user.ours");
            assertThat(XattrCalls.flistxattr(fd.number())).doesNotContain("user.ours");
        }
    }

    private List<byte[]> names() throws ErrnoException {
        List<byte[]> names = new ArrayList<>();
        try (OwnedFd listing = FileCalls.openat(dir, ".", OpenFlags.O_RDONLY, 0);
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(4096, 8);
            long length;
            while ((length = FileCalls.getdents(listing.number(), buffer)) > 0) {
                DirectoryEntries entries = new DirectoryEntries(buffer, length);
                while (entries.next()) {
                    byte[] name = entries.name();
                    if (name[0] != '.') {
                        names.add(name);
                    }
                }
            }
        }
        return names;
    }

    private static FileTime time(long seconds, int nanos) {
        return FileTime.from(Instant.ofEpochSecond(seconds, nanos));
    }

    private static void fails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
