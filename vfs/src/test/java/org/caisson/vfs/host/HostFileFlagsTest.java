package org.caisson.vfs.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.FileFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Statx;
import org.caisson.vfs.Capability;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the host says of files beyond stat(2), and the flags of chattr(1) on them. */
@ExtendWith(FdLeakCheck.class)
class HostFileFlagsTest {
    private static final int SETTABLE = FileFlags.FS_IMMUTABLE_FL | FileFlags.FS_APPEND_FL | FileFlags.FS_NODUMP_FL;

    private final Credentials root = Credentials.root();
    private final Arena arena = Arena.ofShared();

    @TempDir
    Path directory;

    private Path file;
    private VirtualFileSystem vfs;
    private MountNamespace namespace;
    private PathOperation path;

    @BeforeEach
    void show() throws Exception {
        file = Files.writeString(directory.resolve("file"), "text");
        vfs = new VirtualFileSystem();
        namespace = vfs.newMountNamespace(HostFileSystem.open(directory.toString(), HostOptions.DEFAULT));
        VirtualDentry top = namespace.root();
        path = new PathOperation().root(top).start(top);
    }

    /** Flags would keep the directory from being removed. */
    @AfterEach
    void clear() throws Exception {
        setOnHost(0);
        namespace.release();
        arena.close();
    }

    private void setOnHost(int flags) throws ErrnoException {
        try (OwnedFd fd = FileCalls.open(file.toString(), OpenFlags.O_RDONLY)) {
            MemorySegment memory = arena.allocate(Integer.BYTES, 8);
            FileCalls.ioctl(fd.number(), FileFlags.FS_IOC_GETFLAGS, memory.address());
            // A file system may have flags that cannot be cleared.
            memory.set(ValueLayout.JAVA_INT, 0, (memory.get(ValueLayout.JAVA_INT, 0) & ~SETTABLE) | flags);
            FileCalls.ioctl(fd.number(), FileFlags.FS_IOC_SETFLAGS, memory.address());
        }
    }

    private Statx host() throws ErrnoException {
        Statx told = Statx.allocate(arena);
        try (OwnedFd fd = FileCalls.open(file.toString(), OpenFlags.O_PATH)) {
            int mask = Statx.STATX_BASIC_STATS | Statx.STATX_BTIME;
            FileCalls.statx(fd.number(), "", AtFlags.AT_EMPTY_PATH, mask, told);
        }
        return told;
    }

    private void assertToldAsByHost() throws ErrnoException {
        Stat told = new Stat();
        told.extended = true;
        vfs.stat(root, path.path("file"), told);
        assertThat(told.attributes).isEqualTo(host().attributes());
        assertThat(told.attributesMask).isEqualTo(host().attributesMask());
        assertThat(told.birthSeconds).isEqualTo(host().birthSeconds());
        assertThat(told.mask & Statx.STATX_BTIME).isEqualTo(host().mask() & Statx.STATX_BTIME);
        vfs.stat(root, path.path("/"), told);
        assertThat(told.attributes & Statx.STATX_ATTR_MOUNT_ROOT).isNotZero();
    }

    private void assertRefused(ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
    }

    private FileDescription open(int flags) throws ErrnoException {
        return vfs.open(root, path.path("file"), new OpenOptions(flags, 0));
    }

    private static void set(FileDescription file, Credentials caller, int flags) throws ErrnoException {
        MemorySegment memory = MemorySegment.ofArray(new int[] {(get(file) & ~SETTABLE) | flags});
        file.ioctl(caller, FileFlags.FS_IOC_SETFLAGS, memory);
    }

    private static int get(FileDescription file) throws ErrnoException {
        MemorySegment memory = MemorySegment.ofArray(new int[1]);
        file.ioctl(Credentials.root(), FileFlags.FS_IOC_GETFLAGS, memory);
        return memory.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
    }

    @Test
    void attributesAreTheHosts() throws Exception {
        assertToldAsByHost();
        setOnHost(FileFlags.FS_APPEND_FL | FileFlags.FS_NODUMP_FL);
        assertToldAsByHost();
        setOnHost(FileFlags.FS_IMMUTABLE_FL);
        assertToldAsByHost();
    }

    @Test
    void flagsArePassedOnByWhoMaySetThem() throws Exception {
        try (FileDescription opened = open(OpenFlags.O_RDONLY)) {
            set(opened, root, FileFlags.FS_APPEND_FL);
            assertThat(host().attributes() & Statx.STATX_ATTR_APPEND).isNotZero();
            assertToldAsByHost();
            assertRefused(() -> set(opened, root.withoutCapabilities(Capability.LINUX_IMMUTABLE), 0));
            assertRefused(() -> set(opened, Credentials.of(1000, 1000), FileFlags.FS_APPEND_FL));
            assertThat(get(opened) & SETTABLE).isEqualTo(FileFlags.FS_APPEND_FL);
        }
    }

    @Test
    void whatMayOnlyBeAppendedToIsAppendedTo() throws Exception {
        setOnHost(FileFlags.FS_APPEND_FL);
        assertRefused(() -> open(OpenFlags.O_WRONLY));
        assertRefused(() -> open(OpenFlags.O_WRONLY | OpenFlags.O_APPEND | OpenFlags.O_TRUNC));
        assertRefused(() -> vfs.unlink(root, path.path("file")));
        try (FileDescription opened = open(OpenFlags.O_WRONLY | OpenFlags.O_APPEND)) {
            opened.write(MemorySegment.ofArray(new byte[] {'!'}));
        }
        assertThat(file).hasContent("text!");
    }
}
