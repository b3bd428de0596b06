package org.caisson.vfs.overlay;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.DirectoryEntries;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Statx;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.caisson.linux.XattrCalls;
import org.jspecify.annotations.Nullable;

/** A directory of the kernel's, used by one thread. */
final class KernelSide implements TreeSide {
    private static final int HERE = AtFlags.AT_FDCWD;

    private final String top;
    private final @Nullable OwnedFd[] held = new OwnedFd[Step.SLOTS];

    KernelSide(String top) {
        this.top = top;
    }

    private String at(String path) {
        return path.isEmpty() ? top : top + "/" + path;
    }

    @Override
    public void actAs(int uid) {
        Syscalls.call(SyscallNumbers.SETGROUPS, 0, 0);
        Syscalls.call(SyscallNumbers.SETFSGID, uid);
        Syscalls.call(SyscallNumbers.SETFSUID, uid);
    }

    @Override
    public void mkdir(String path, int mode) throws ErrnoException {
        FileCalls.mkdirat(HERE, at(path), mode);
    }

    @Override
    public void mknod(String path, int mode, long device) throws ErrnoException {
        FileCalls.mknodat(HERE, at(path), mode, device);
    }

    @Override
    public void symlink(String target, String path) throws ErrnoException {
        FileCalls.symlinkat(target, HERE, at(path));
    }

    @Override
    public void link(String from, String to) throws ErrnoException {
        FileCalls.linkat(HERE, at(from), HERE, at(to), 0);
    }

    @Override
    public void unlink(String path) throws ErrnoException {
        FileCalls.unlinkat(HERE, at(path), 0);
    }

    @Override
    public void rmdir(String path) throws ErrnoException {
        FileCalls.unlinkat(HERE, at(path), AtFlags.AT_REMOVEDIR);
    }

    @Override
    public void rename(String from, String to, int flags) throws ErrnoException {
        FileCalls.renameat2(HERE, at(from), HERE, at(to), flags);
    }

    @Override
    public void chmod(String path, int mode) throws ErrnoException {
        FileCalls.fchmodat(HERE, at(path), mode, AtFlags.AT_SYMLINK_NOFOLLOW);
    }

    @Override
    public void chown(String path, int uid, int gid) throws ErrnoException {
        FileCalls.fchownat(HERE, at(path), uid, gid, AtFlags.AT_SYMLINK_NOFOLLOW);
    }

    @Override
    public void truncate(String path, long size) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocateFrom(at(path));
            Syscalls.check(Syscalls.call(SyscallNumbers.TRUNCATE, bytes.address(), size), "truncate");
        }
    }

    @Override
    public void times(String path, long second) throws ErrnoException {
        FileCalls.utimensat(HERE, at(path), second, 0, second, 0, AtFlags.AT_SYMLINK_NOFOLLOW);
    }

    @Override
    public void write(String path, int flags, int mode, long offset, byte[] bytes) throws ErrnoException {
        try (OwnedFd fd = FileCalls.openat(HERE, at(path), flags | OpenFlags.O_NONBLOCK, mode);
                Arena arena = Arena.ofConfined()) {
            if (bytes.length != 0) {
                FileCalls.pwrite(fd.number(), arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), offset);
            }
        }
    }

    @Override
    public byte[] read(String path) throws ErrnoException {
        try (OwnedFd fd = FileCalls.openat(HERE, at(path), OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, 0)) {
            return FileCalls.readAll(fd.number());
        }
    }

    @Override
    public String readlink(String path) throws ErrnoException {
        return new String(FileCalls.readlinkat(HERE, at(path)), StandardCharsets.UTF_8);
    }

    @Override
    public Facts stat(String path) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            Statx stat = Statx.allocate(arena);
            FileCalls.statx(HERE, at(path), AtFlags.AT_SYMLINK_NOFOLLOW, Statx.STATX_BASIC_STATS, stat);
            return facts(stat);
        }
    }

    private static Facts facts(Statx stat) {
        long rdev = FileCalls.deviceNumber(stat.deviceNumberMajor(), stat.deviceNumberMinor());
        return new Facts(
                stat.mode(),
                stat.uid(),
                stat.gid(),
                stat.links(),
                stat.size(),
                rdev,
                stat.inode(),
                stat.modificationSeconds());
    }

    /** Without the whiteouts in directories of a single layer: the kernel lists them there, but finds no such file. */
    @Override
    public List<Entry> list(String path) throws ErrnoException {
        List<Entry> entries = new ArrayList<>();
        int flags = OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW;
        try (OwnedFd fd = FileCalls.openat(HERE, at(path), flags, 0);
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(1 << 15, 8);
            for (long length = FileCalls.getdents(fd.number(), buffer);
                    length != 0;
                    length = FileCalls.getdents(fd.number(), buffer)) {
                DirectoryEntries dents = new DirectoryEntries(buffer, length);
                while (dents.next()) {
                    entries.add(
                            new Entry(new String(dents.name(), StandardCharsets.UTF_8), dents.inode(), dents.type()));
                }
            }
        }
        List<Entry> found = new ArrayList<>();
        for (Entry entry : entries) {
            if (entry.type() != 2 || exists(path, entry.name())) {
                found.add(entry);
            }
        }
        return found;
    }

    private boolean exists(String path, String name) throws ErrnoException {
        try {
            stat(path.isEmpty() ? name : path + "/" + name);
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public void hold(int slot, String path, int flags, int mode) throws ErrnoException {
        OwnedFd opened = FileCalls.openat(HERE, at(path), flags | OpenFlags.O_NONBLOCK, mode);
        OwnedFd before = held[slot];
        held[slot] = opened;
        if (before != null) {
            before.close();
        }
    }

    private int held(int slot) throws ErrnoException {
        OwnedFd fd = held[slot];
        if (fd == null) {
            throw Errno.EBADF.exception();
        }
        return fd.number();
    }

    @Override
    public byte[] readHeld(int slot, long offset, int length) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(length);
            long count = FileCalls.pread(held(slot), buffer, offset);
            return buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Override
    public void writeHeld(int slot, long offset, byte[] bytes) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            FileCalls.pwrite(held(slot), arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), offset);
        }
    }

    @Override
    public Facts statHeld(int slot) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            Statx stat = Statx.allocate(arena);
            FileCalls.statx(held(slot), stat);
            return facts(stat);
        }
    }

    @Override
    public void truncateHeld(int slot, long size) throws ErrnoException {
        FileCalls.ftruncate(held(slot), size);
    }

    @Override
    public void chmodHeld(int slot, int mode) throws ErrnoException {
        Syscalls.check(Syscalls.call(SyscallNumbers.FCHMOD, held(slot), mode), "fchmod");
    }

    @Override
    public long seekHeld(int slot, long offset, int whence) throws ErrnoException {
        return FileCalls.lseek(held(slot), offset, whence);
    }

    @Override
    public void closeAll() {
        for (int slot = 0; slot < held.length; slot++) {
            OwnedFd fd = held[slot];
            held[slot] = null;
            if (fd != null) {
                fd.close();
            }
        }
    }

    @Override
    public void setXattr(String path, String name, byte[] value, int flags) throws ErrnoException {
        XattrCalls.lsetxattr(at(path), name, value, flags);
    }

    @Override
    public void removeXattr(String path, String name) throws ErrnoException {
        XattrCalls.lremovexattr(at(path), name);
    }

    @Override
    public byte[] getXattr(String path, String name) throws ErrnoException {
        return XattrCalls.lgetxattr(at(path), name);
    }

    @Override
    public List<String> listXattr(String path) throws ErrnoException {
        return XattrCalls.llistxattr(at(path));
    }
}
