package org.caisson.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.ThreadCredentials.CapabilitySets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Calls that answer numbers, on names, on data and on who the thread is. */
@ExtendWith(FdLeakCheck.class)
class EntryCallsTest {
    private final Arena arena = Arena.ofConfined();

    @TempDir
    Path path;

    private OwnedFd directory = OwnedFd.own(0);
    private int dir;

    @BeforeEach
    void openDirectory() throws ErrnoException {
        directory = FileCalls.open(path.toString(), OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        dir = directory.number();
    }

    @AfterEach
    void close() {
        directory.close();
        arena.close();
    }

    private MemorySegment name(String text) {
        return arena.allocateFrom(text);
    }

    private static int failure(Errno errno) {
        return -errno.number();
    }

    @Test
    void namesAreMadeMovedAndRemoved() throws Exception {
        assertThat(EntryCalls.mkdirat(dir, name("d"), 0755)).isZero();
        assertThat(EntryCalls.mkdirat(dir, name("d"), 0755)).isEqualTo(failure(Errno.EEXIST));
        assertThat(EntryCalls.mknodat(dir, name("pipe"), 0010600, 0)).isZero();
        assertThat(EntryCalls.symlinkat(name("target"), dir, name("link"))).isZero();
        assertThat(EntryCalls.linkat(dir, name("pipe"), dir, name("d/pipe"), 0)).isZero();
        assertThat(EntryCalls.renameat2(dir, name("pipe"), dir, name("d/pipe"), FileCalls.RENAME_NOREPLACE))
                .isEqualTo(failure(Errno.EEXIST));
        assertThat(EntryCalls.renameat2(dir, name("link"), dir, name("other"), 0))
                .isZero();
        MemorySegment target = arena.allocate(100);
        assertThat(EntryCalls.readlinkat(dir, name("other"), target)).isEqualTo(6);
        assertThat(target.getString(0)).isEqualTo("target");
        assertThat(EntryCalls.unlinkat(dir, name("pipe"), 0)).isZero();
        assertThat(EntryCalls.unlinkat(dir, name("d"), AtFlags.AT_REMOVEDIR)).isEqualTo(failure(Errno.ENOTEMPTY));
        assertThat(Files.exists(path.resolve("d/pipe"))).isTrue();
        assertThat(Files.isSymbolicLink(path.resolve("other"))).isTrue();
    }

    @Test
    void descriptorOfOPathIsTheFileItself() throws Exception {
        Files.writeString(path.resolve("file"), "text");
        int fd = EntryCalls.openat2(dir, name("file"), OpenFlags.O_PATH, 0, OpenFlags.RESOLVE_BENEATH);
        try {
            Statx stat = Statx.allocate(arena);
            assertThat(EntryCalls.statx(fd, EntryCalls.ITSELF, AtFlags.AT_EMPTY_PATH, Statx.STATX_BASIC_STATS, stat))
                    .isZero();
            assertThat(stat.size()).isEqualTo(4);
            assertThat(EntryCalls.fchmodat2(fd, EntryCalls.ITSELF, 0640, AtFlags.AT_EMPTY_PATH))
                    .isZero();
            assertThat(EntryCalls.fchownat(fd, EntryCalls.ITSELF, 12, -1, AtFlags.AT_EMPTY_PATH))
                    .isZero();
            MemorySegment self = name("/proc/self/fd/" + fd);
            assertThat(EntryCalls.truncate(self, 2)).isZero();
            MemorySegment value = arena.allocateFrom("value");
            assertThat(XattrCalls.setxattr(self, name("user.a"), value.asSlice(0, 5), 0))
                    .isZero();
            MemorySegment read = arena.allocate(10);
            assertThat(XattrCalls.getxattr(self, name("user.a"), read)).isEqualTo(5);
            assertThat(read.getString(0)).isEqualTo("value");
            assertThat(XattrCalls.listxattr(self, read)).isEqualTo(7);
            assertThat(XattrCalls.getxattr(self, name("user.b"), read)).isEqualTo(failure(Errno.ENODATA));
            assertThat(XattrCalls.removexattr(self, name("user.a"))).isZero();
            assertThat(XattrCalls.listxattr(self, read)).isZero();
        } finally {
            EntryCalls.close(fd);
        }
        assertThat(Files.getAttribute(path.resolve("file"), "unix:uid")).isEqualTo(12);
        assertThat(Files.size(path.resolve("file"))).isEqualTo(2);
    }

    @Test
    void resolutionStaysBeneath() throws Exception {
        Files.createSymbolicLink(path.resolve("link"), Path.of("/"));
        int beneath = OpenFlags.RESOLVE_BENEATH;
        assertThat(EntryCalls.openat2(dir, name("../"), OpenFlags.O_PATH, 0, beneath))
                .isEqualTo(failure(Errno.EXDEV));
        assertThat(EntryCalls.openat2(dir, name("link"), OpenFlags.O_PATH, 0, beneath))
                .isEqualTo(failure(Errno.EXDEV));
        assertThat(EntryCalls.openat2(dir, name("none"), OpenFlags.O_PATH, 0, beneath))
                .isEqualTo(failure(Errno.ENOENT));
    }

    @Test
    void dataMovesByVectors() throws Exception {
        int fd = EntryCalls.openat(dir, name("file"), OpenFlags.O_RDWR | OpenFlags.O_CREAT, 0600);
        try {
            MemorySegment first = arena.allocateFrom("first");
            MemorySegment second = arena.allocateFrom("second");
            MemorySegment vector = arena.allocate(2L * DataCalls.IOVEC_SIZE, 8);
            DataCalls.setVector(vector, 0, first, 0, 5);
            DataCalls.setVector(vector, 1, second, 0, 6);
            assertThat(DataCalls.pwritev(fd, vector, 2, 3)).isEqualTo(11);
            assertThat(DataCalls.append(fd, vector, 1)).isEqualTo(5);
            assertThat(DataCalls.lseek(fd, 0, FileCalls.SEEK_CUR)).isEqualTo(19);
            assertThat(Files.readString(path.resolve("file"))).isEqualTo("\0\0\0firstsecondfirst");
            assertThat(DataCalls.pread(fd, second, 1, 4, 3)).isEqualTo(4);
            assertThat(second.getString(0, UTF_8)).isEqualTo("sfirsd");
            assertThat(DataCalls.preadv(fd, vector, 2, 8)).isEqualTo(11);
            assertThat(first.getString(0, UTF_8)).isEqualTo("secon");
            assertThat(DataCalls.ftruncate(fd, 4)).isZero();
            assertThat(DataCalls.lseek(fd, 4, DataCalls.SEEK_DATA)).isEqualTo(failure(Errno.ENXIO));
            assertThat(DataCalls.copyFileRange(fd, 3, fd, 10, 1)).isEqualTo(1);
            assertThat(DataCalls.beginWriteBack(fd, 0, 11)).isZero();
            assertThat(DataCalls.beginWriteBack(fd, -1, 11)).isEqualTo(failure(Errno.EINVAL));
            assertThat(DataCalls.sync(fd, true)).isZero();
            assertThat(DataCalls.fallocate(fd, DataCalls.FALLOC_FL_PUNCH_HOLE, 0, 1))
                    .isEqualTo(failure(Errno.EOPNOTSUPP));
        } finally {
            EntryCalls.close(fd);
        }
        assertThat(Files.size(path.resolve("file"))).isEqualTo(11);
    }

    @Test
    void idsAreThoseOfOneThread() throws Exception {
        FileCalls.fchmodat(dir, ".", 0777, 0);
        FutureTask<CapabilitySets> other = new FutureTask<>(() -> {
            ThreadCredentials.setfsgid(34);
            ThreadCredentials.setfsuid(12);
            assertThat(ThreadCredentials.setfsuid(-1)).isEqualTo(12);
            EntryCalls.mkdirat(dir, Arena.ofAuto().allocateFrom("theirs"), 0755);
            CapabilitySets before = ThreadCredentials.capget();
            assertThat(ThreadCredentials.capset(
                            new CapabilitySets(before.permitted(), before.permitted(), before.inheritable())))
                    .isZero();
            return before;
        });
        Thread.ofPlatform().start(other);
        CapabilitySets without = other.get(1, TimeUnit.MINUTES);
        assertThat(without.effective() >>> Capabilities.CAP_DAC_OVERRIDE & 1).isZero();
        assertThat(without.permitted() >>> Capabilities.CAP_DAC_OVERRIDE & 1).isEqualTo(1);
        assertThat(ThreadCredentials.setfsuid(-1)).isZero();
        Path theirs = path.resolve("theirs");
        assertThat(Files.getAttribute(theirs, "unix:uid", LinkOption.NOFOLLOW_LINKS))
                .isEqualTo(12);
        assertThat(Files.getAttribute(theirs, "unix:gid", LinkOption.NOFOLLOW_LINKS))
                .isEqualTo(34);
    }
}
