package org.caisson.vfs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.InotifyFlags;
import org.caisson.linux.StatMode;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.caisson.vfs.notify.InotifyEvent;

/** The kernel's side: raw calls in the working directory of the calling thread. */
final class KernelWatchedTree implements WatchedTree {
    private static final int HERE = AtFlags.AT_FDCWD;
    private static final int UTIME_OMIT = (1 << 30) - 2;
    private static final int FIONREAD = 0x541b;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment first = arena.allocate(8192);
    private final MemorySegment second = arena.allocate(8192);
    private final MemorySegment buffer = arena.allocate(65536);
    private final int[] files = new int[SLOTS];
    private final int inotify;

    KernelWatchedTree() throws ErrnoException {
        Arrays.fill(files, -1);
        inotify = (int) Syscalls.check(
                Syscalls.call(SyscallNumbers.INOTIFY_INIT1, InotifyFlags.IN_NONBLOCK | InotifyFlags.IN_CLOEXEC),
                "inotify_init1");
    }

    private static long c(MemorySegment memory, String text) {
        byte[] bytes = Sprout.bytes(text);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        memory.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
        return memory.address();
    }

    private static int call(int number, long a, long b, long c, long d) {
        return (int) Syscalls.call(number, a, b, c, d);
    }

    @Override
    public int open(int slot, String path, int flags, int mode) {
        int fd = call(SyscallNumbers.OPENAT, HERE, c(first, path), flags, mode);
        if (fd < 0) {
            return fd;
        }
        closeFile(slot);
        files[slot] = fd;
        return 0;
    }

    @Override
    public int closeFile(int slot) {
        if (files[slot] < 0) {
            return 0;
        }
        int outcome = call(SyscallNumbers.CLOSE, files[slot], 0, 0, 0);
        files[slot] = -1;
        return outcome;
    }

    @Override
    public int read(int slot, int length) {
        return call(SyscallNumbers.READ, files[slot], buffer.address(), length, 0);
    }

    @Override
    public int readVector(int slot, int length) {
        return call(SyscallNumbers.READV, files[slot], vector(length), 2, 0);
    }

    /** Two buffers of a length each. */
    private long vector(int length) {
        for (int i = 0; i < 2; i++) {
            first.set(ValueLayout.JAVA_LONG, 16L * i, buffer.address() + 8192L * i);
            first.set(ValueLayout.JAVA_LONG, 16L * i + 8, length);
        }
        return first.address();
    }

    @Override
    public int write(int slot, int length) {
        return call(SyscallNumbers.WRITE, files[slot], buffer.address(), length, 0);
    }

    @Override
    public int writeVector(int slot, int length) {
        return call(SyscallNumbers.WRITEV, files[slot], vector(length), 2, 0);
    }

    @Override
    public int list(int slot) {
        int count = call(SyscallNumbers.GETDENTS64, files[slot], buffer.address(), buffer.byteSize(), 0);
        return Math.min(count, 0);
    }

    @Override
    public int truncateOpened(int slot, long size) {
        return call(SyscallNumbers.FTRUNCATE, files[slot], size, 0, 0);
    }

    @Override
    public int changeModeOpened(int slot, int mode) {
        return call(SyscallNumbers.FCHMOD, files[slot], mode, 0, 0);
    }

    @Override
    public int allocate(int slot, int mode, long offset, long length) {
        return call(SyscallNumbers.FALLOCATE, files[slot], mode, offset, length);
    }

    @Override
    public int copyRange(int from, int to, int length) {
        return (int) Syscalls.call(SyscallNumbers.COPY_FILE_RANGE, files[from], 0, files[to], 0, length, 0);
    }

    @Override
    public int makeDirectory(String path) {
        return call(SyscallNumbers.MKDIRAT, HERE, c(first, path), 0755, 0);
    }

    @Override
    public int makeNode(String path, int mode) {
        return call(SyscallNumbers.MKNODAT, HERE, c(first, path), mode, 0);
    }

    @Override
    public int makeDevice(String path, int major, int minor) {
        long number = FileCalls.deviceNumber(major, minor);
        return call(SyscallNumbers.MKNODAT, HERE, c(first, path), StatMode.S_IFCHR | 0666, number);
    }

    @Override
    public int symlink(String path) {
        return call(SyscallNumbers.SYMLINKAT, c(second, "target"), HERE, c(first, path), 0);
    }

    @Override
    public int link(String from, String to) {
        return (int) Syscalls.call(SyscallNumbers.LINKAT, HERE, c(first, from), HERE, c(second, to), 0);
    }

    @Override
    public int unlink(String path) {
        return call(SyscallNumbers.UNLINKAT, HERE, c(first, path), 0, 0);
    }

    @Override
    public int removeDirectory(String path) {
        return call(SyscallNumbers.UNLINKAT, HERE, c(first, path), AtFlags.AT_REMOVEDIR, 0);
    }

    @Override
    public int rename(String from, String to, int flags) {
        return (int) Syscalls.call(SyscallNumbers.RENAMEAT2, HERE, c(first, from), HERE, c(second, to), flags);
    }

    @Override
    public int truncate(String path, long size) {
        return call(SyscallNumbers.TRUNCATE, c(first, path), size, 0, 0);
    }

    @Override
    public int changeMode(String path, int mode) {
        return call(SyscallNumbers.FCHMODAT, HERE, c(first, path), mode, 0);
    }

    @Override
    public int changeOwner(String path, int uid, int gid) {
        return (int)
                Syscalls.call(SyscallNumbers.FCHOWNAT, HERE, c(first, path), uid, gid, AtFlags.AT_SYMLINK_NOFOLLOW);
    }

    @Override
    public int setTimes(String path, boolean access, boolean modify) {
        second.set(ValueLayout.JAVA_LONG, 0, 100);
        second.set(ValueLayout.JAVA_LONG, 8, access ? 0 : UTIME_OMIT);
        second.set(ValueLayout.JAVA_LONG, 16, 200);
        second.set(ValueLayout.JAVA_LONG, 24, modify ? 0 : UTIME_OMIT);
        return call(SyscallNumbers.UTIMENSAT, HERE, c(first, path), second.address(), AtFlags.AT_SYMLINK_NOFOLLOW);
    }

    @Override
    public int setXattr(String path) {
        long name = c(second, "trusted.test");
        return (int) Syscalls.call(SyscallNumbers.LSETXATTR, c(first, path), name, name, 3, 0);
    }

    @Override
    public int removeXattr(String path) {
        return call(SyscallNumbers.LREMOVEXATTR, c(first, path), c(second, "trusted.test"), 0, 0);
    }

    @Override
    public int setXattrOpened(int slot) {
        long name = c(second, "trusted.test");
        return (int) Syscalls.call(SyscallNumbers.FSETXATTR, files[slot], name, name, 3, 0);
    }

    @Override
    public int removeXattrOpened(int slot) {
        return call(SyscallNumbers.FREMOVEXATTR, files[slot], c(second, "trusted.test"), 0, 0);
    }

    @Override
    public int mountMemory(String path) {
        long type = c(second, "tmpfs");
        return (int) Syscalls.call(SyscallNumbers.MOUNT, type, c(first, path), type, 0, 0);
    }

    @Override
    public int unmount(String path, int flags) {
        return call(SyscallNumbers.UMOUNT2, c(first, path), flags, 0, 0);
    }

    @Override
    public int watch(String path, int mask) {
        return call(SyscallNumbers.INOTIFY_ADD_WATCH, inotify, c(first, path), mask & 0xffff_ffffL, 0);
    }

    @Override
    public int unwatch(int number) {
        return call(SyscallNumbers.INOTIFY_RM_WATCH, inotify, number, 0, 0);
    }

    @Override
    public int available() {
        call(SyscallNumbers.IOCTL, inotify, FIONREAD, second.address(), 0);
        return second.get(ValueLayout.JAVA_INT, 0);
    }

    @Override
    public List<InotifyEvent> readEvents(int length) throws ErrnoException {
        long count = Syscalls.check(Syscalls.call(SyscallNumbers.READ, inotify, buffer.address(), length), "read");
        List<InotifyEvent> events = new ArrayList<>();
        for (long at = 0; at < count; ) {
            InotifyEvent event = InotifyEvent.readFrom(buffer, at);
            events.add(event);
            at += event.size();
        }
        return events;
    }

    @Override
    public void close() {
        for (int slot = 0; slot < SLOTS; slot++) {
            closeFile(slot);
        }
        call(SyscallNumbers.CLOSE, inotify, 0, 0, 0);
        arena.close();
    }
}
