package org.caisson.vfs.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.DataCalls;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What device nodes give, beside the kernel's own. */
@ExtendWith(FdLeakCheck.class)
class DevicesTest {
    private final Credentials caller = Credentials.root();
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final PathOperation operation = new PathOperation();
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(4096);
    private final MappedPageStore store = MappedPageStore.anonymous();

    @BeforeEach
    void plant() throws ErrnoException {
        VirtualDentry root = vfs.newMountNamespace(DeviceTree.fileSystem(store)).root();
        operation.root(root).start(root);
    }

    @AfterEach
    void close() {
        store.close();
        arena.close();
    }

    private FileDescription open(String name, int flags) throws ErrnoException {
        return vfs.open(caller, operation.path(name), new OpenOptions(flags, 0));
    }

    @FunctionalInterface
    private interface Call {
        long run() throws ErrnoException;
    }

    private static long outcome(Call call) {
        try {
            return call.run();
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }

    @ParameterizedTest
    @CsvSource({"null, 2", "zero, 2", "full, 2", "urandom, 2", "null, 0", "zero, 1", "full, 1", "random, 0"})
    void callsEndAsInTheKernel(String name, int flags) throws ErrnoException {
        try (OwnedFd theirs = FileCalls.open("/dev/" + name, flags);
                FileDescription ours = open(name, flags)) {
            int fd = theirs.number();
            assertThat(outcome(() -> ours.read(buffer, 10))).isEqualTo(DataCalls.pread(fd, buffer, 0, 4096, 10));
            assertThat(outcome(() -> ours.read(buffer))).isEqualTo(DataCalls.read(fd, buffer, 0, 4096));
            assertThat(outcome(() -> ours.read(buffer, -1))).isEqualTo(DataCalls.pread(fd, buffer, 0, 4096, -1));
            assertThat(outcome(() -> ours.write(buffer, 10))).isEqualTo(DataCalls.pwrite(fd, buffer, 0, 4096, 10));
            assertThat(outcome(() -> ours.write(buffer))).isEqualTo(DataCalls.write(fd, buffer, 0, 4096));
            assertThat(outcome(() -> ours.write(buffer.asSlice(0, 0)))).isEqualTo(DataCalls.write(fd, buffer, 0, 0));
            assertThat(outcome(() -> ours.seek(7, FileDescription.SEEK_SET)))
                    .isEqualTo(DataCalls.lseek(fd, 7, FileDescription.SEEK_SET));
            assertThat(outcome(() -> ours.seek(0, FileDescription.SEEK_CUR)))
                    .isEqualTo(DataCalls.lseek(fd, 0, FileDescription.SEEK_CUR));
            assertThat(outcome(() -> {
                        ours.sync(false);
                        return 0;
                    }))
                    .isEqualTo(DataCalls.sync(fd, false));
            assertThat(outcome(() -> {
                        ours.allocate(0, 0, 10);
                        return 0;
                    }))
                    .isEqualTo(DataCalls.fallocate(fd, 0, 0, 10));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zero", "full"})
    void zerosOverwriteWhatWasThere(String name) throws ErrnoException {
        for (MemorySegment memory : new MemorySegment[] {buffer, MemorySegment.ofArray(new byte[4096])}) {
            memory.fill((byte) 7);
            try (FileDescription file = open(name, OpenFlags.O_RDONLY)) {
                assertThat(file.read(memory, 100, 200, 0)).isEqualTo(200);
            }
            assertThat(memory.get(ValueLayout.JAVA_BYTE, 99)).isEqualTo((byte) 7);
            assertThat(memory.get(ValueLayout.JAVA_BYTE, 100)).isZero();
            assertThat(memory.get(ValueLayout.JAVA_BYTE, 299)).isZero();
            assertThat(memory.get(ValueLayout.JAVA_BYTE, 300)).isEqualTo((byte) 7);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"random", "urandom"})
    void randomBytesDiffer(String name) throws ErrnoException {
        MemorySegment heap = MemorySegment.ofArray(new byte[40_000]);
        MemorySegment first = arena.allocate(40_000);
        try (FileDescription file = open(name, OpenFlags.O_RDONLY)) {
            assertThat(file.read(first)).isEqualTo(40_000);
            assertThat(file.read(heap)).isEqualTo(40_000);
        }
        assertThat(first.mismatch(heap)).isNotNegative();
        assertThat(first.asSlice(39_000).mismatch(heap.asSlice(39_000))).isNotNegative();
    }

    @Test
    void terminalsAndUnknownDevicesAreNotThere() throws ErrnoException {
        assertThat(outcome(() -> {
                    open("tty", OpenFlags.O_RDWR).close();
                    return 0;
                }))
                .isEqualTo(-Errno.ENXIO.number());
        vfs.mknod(caller, operation.path("disk"), StatMode.S_IFBLK | 0600, FileCalls.deviceNumber(8, 0));
        assertThat(outcome(() -> {
                    open("disk", OpenFlags.O_RDONLY).close();
                    return 0;
                }))
                .isEqualTo(-Errno.ENXIO.number());
    }

    @Test
    void nodesOfAMountWithoutDevicesAreNotOpened() throws ErrnoException {
        vfs.remount(caller, operation.path("/"), MountFlags.MS_NODEV);
        assertThat(outcome(() -> {
                    open("null", OpenFlags.O_RDWR).close();
                    return 0;
                }))
                .isEqualTo(-Errno.EACCES.number());
    }

    @Test
    void nodeTellsWhatItIsByItsDescription() throws ErrnoException {
        Stat stat = new Stat();
        try (FileDescription file = open("zero", OpenFlags.O_RDONLY)) {
            file.stat(stat);
        }
        assertThat(stat.mode).isEqualTo(StatMode.S_IFCHR | 0666);
        assertThat(stat.rdev).isEqualTo(FileCalls.deviceNumber(1, 5));
    }

    @Test
    void otherDevicesCanBeAdded() throws ErrnoException {
        VirtualFileSystem other = new VirtualFileSystem(DeviceTable.EMPTY.with(5, 0, MemoryDevice.NULL));
        VirtualDentry root =
                other.newMountNamespace(DeviceTree.fileSystem(store)).root();
        PathOperation path = new PathOperation().root(root).start(root);
        try (FileDescription file = other.open(caller, path.path("tty"), OpenOptions.READ)) {
            assertThat(file.read(buffer)).isZero();
        }
        assertThat(outcome(() -> {
                    other.open(caller, path.path("null"), OpenOptions.READ).close();
                    return 0;
                }))
                .isEqualTo(-Errno.ENXIO.number());
    }
}
