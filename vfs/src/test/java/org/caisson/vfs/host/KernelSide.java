package org.caisson.vfs.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.TreeSet;
import java.util.zip.CRC32;
import org.caisson.linux.AtFlags;
import org.caisson.linux.DataCalls;
import org.caisson.linux.DirectoryEntries;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.Statx;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.caisson.linux.ThreadCredentials;
import org.caisson.linux.ThreadCredentials.CapabilitySets;
import org.caisson.linux.XattrCalls;

/** Does steps in a directory by the kernel's own calls. For one thread, which it gives groups and a umask of its own. */
final class KernelSide implements AutoCloseable {
    private static final int CLONE_FS = 0x200;
    private static final long RECENT = 1_000_000_000;

    private final int directory;
    private final Arena arena = Arena.ofConfined();
    private final Statx statx = Statx.allocate(arena);
    private final MemorySegment buffer = arena.allocate(64 * 1024);
    private final CapabilitySets all = ThreadCredentials.capget();

    KernelSide(int directory) throws ErrnoException {
        this.directory = directory;
    }

    /** Takes groups and a umask for the thread alone. */
    static void separateThread() throws ErrnoException {
        Syscalls.check(Syscalls.call(SyscallNumbers.UNSHARE, CLONE_FS), "unshare");
        Syscalls.check(Syscalls.call(SyscallNumbers.SETGROUPS, 0, 0), "setgroups");
    }

    private void actAs(int uid, int umask) {
        Syscalls.call(SyscallNumbers.UMASK, umask);
        ThreadCredentials.setfsgid(uid);
        ThreadCredentials.setfsuid(uid);
        ThreadCredentials.capset(uid == 0 ? all : new CapabilitySets(0, all.permitted(), all.inheritable()));
    }

    String run(Step step) {
        actAs(step.uid(), step.umask());
        try {
            return act(step);
        } catch (ErrnoException e) {
            return e.errno().toString();
        } finally {
            ThreadCredentials.capset(all);
            actAs(0, 022);
        }
    }

    private String act(Step step) throws ErrnoException {
        String path = step.path();
        switch (step.kind()) {
            case MKDIR -> FileCalls.mkdirat(directory, path, step.mode());
            case RMDIR -> FileCalls.unlinkat(directory, path, AtFlags.AT_REMOVEDIR);
            case UNLINK -> FileCalls.unlinkat(directory, path, 0);
            case CREATE -> {
                int flags = OpenFlags.O_CREAT | OpenFlags.O_RDWR | (step.small() == 0 ? OpenFlags.O_EXCL : 0);
                try (OwnedFd file = FileCalls.openat(directory, path, flags, step.mode())) {
                    return write(file, step, step.number());
                }
            }
            case WRITE -> {
                int extra = step.small() < 4 ? OpenFlags.O_TRUNC : step.small() < 8 ? OpenFlags.O_APPEND : 0;
                int flags = OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK | extra;
                try (OwnedFd file = FileCalls.openat(directory, path, flags, 0)) {
                    return write(file, step, step.number());
                }
            }
            case READ -> {
                int flags = OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK;
                try (OwnedFd file = FileCalls.openat(directory, path, flags, 0)) {
                    return read(file);
                }
            }
            case RENAME -> FileCalls.renameat2(directory, path, directory, step.other(), step.renameFlags());
            case LINK -> FileCalls.linkat(directory, path, directory, step.other(), 0);
            case SYMLINK -> FileCalls.symlinkat(step.target(), directory, path);
            case MKNOD -> FileCalls.mknodat(directory, path, type(step) | step.mode(), device(step));
            case CHMOD -> FileCalls.fchmodat(directory, path, step.mode(), 0);
            case CHOWN ->
                FileCalls.fchownat(
                        directory, path, step.owner(), step.group(), step.follow() ? 0 : AtFlags.AT_SYMLINK_NOFOLLOW);
            case UTIMES -> {
                long modified = step.small() < 4 ? FileCalls.UTIME_NOW : step.small() < 6 ? FileCalls.UTIME_OMIT : 5;
                long accessed = step.small() < 6 ? FileCalls.UTIME_NOW : 77;
                int flags = step.follow() ? 0 : AtFlags.AT_SYMLINK_NOFOLLOW;
                FileCalls.utimensat(directory, path, step.number(), accessed, step.number() + 1, modified, flags);
            }
            case TRUNCATE -> {
                try (OwnedFd file = FileCalls.openat(directory, path, OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK, 0)) {
                    FileCalls.ftruncate(file.number(), step.number());
                }
            }
            case SET_XATTR -> {
                try (OwnedFd file = FileCalls.openat(directory, path, OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW, 0);
                        Scratch scratch = Scratch.open()) {
                    MemorySegment value = scratch.bytes(step.xattrValue());
                    check(XattrCalls.setxattr(
                            HostDescriptors.path(scratch, file.number()),
                            scratch.string(step.xattr()),
                            value,
                            step.xattrFlags()));
                }
            }
            case GET_XATTR -> {
                try (OwnedFd file = FileCalls.openat(directory, path, OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW, 0);
                        Scratch scratch = Scratch.open()) {
                    MemorySegment room = buffer.asSlice(0, step.number() % 100);
                    long length = XattrCalls.getxattr(
                            HostDescriptors.path(scratch, file.number()), scratch.string(step.xattr()), room);
                    check(length);
                    return length + " " + (room.byteSize() == 0 ? "" : text(buffer, length));
                }
            }
            case LIST_XATTR -> {
                try (OwnedFd file = FileCalls.openat(directory, path, OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW, 0);
                        Scratch scratch = Scratch.open()) {
                    long length = XattrCalls.listxattr(HostDescriptors.path(scratch, file.number()), buffer);
                    check(length);
                    return names(buffer, length);
                }
            }
            case REMOVE_XATTR -> {
                try (OwnedFd file = FileCalls.openat(directory, path, OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW, 0);
                        Scratch scratch = Scratch.open()) {
                    check(XattrCalls.removexattr(
                            HostDescriptors.path(scratch, file.number()), scratch.string(step.xattr())));
                }
            }
            case STAT -> {
                return stat(path, step.follow() ? 0 : AtFlags.AT_SYMLINK_NOFOLLOW);
            }
            case LIST -> {
                int flags = OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY;
                try (OwnedFd file = FileCalls.openat(directory, path, flags, 0)) {
                    return list(file);
                }
            }
            case ACCESS -> FileCalls.faccessat(directory, path, step.small() & 7, AtFlags.AT_EACCESS);
            case READLINK -> {
                return new String(FileCalls.readlinkat(directory, path), StandardCharsets.UTF_8);
            }
            case TEMPORARY -> {
                int flags = OpenFlags.O_TMPFILE | OpenFlags.O_RDWR | (step.small() == 1 ? OpenFlags.O_EXCL : 0);
                try (OwnedFd file = FileCalls.openat(directory, path, flags, step.mode())) {
                    String written = write(file, step, 0);
                    FileCalls.linkat(
                            -1, "/proc/self/fd/" + file.number(), directory, step.other(), AtFlags.AT_SYMLINK_FOLLOW);
                    return written;
                }
            }
            case ALLOCATE -> {
                try (OwnedFd file = FileCalls.openat(directory, path, OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK, 0)) {
                    FileCalls.fallocate(file.number(), step.allocationMode(), step.number(), step.length() + 1L);
                    long hole = DataCalls.lseek(file.number(), 0, DataCalls.SEEK_HOLE);
                    return "hole " + hole + " data " + DataCalls.lseek(file.number(), hole, DataCalls.SEEK_DATA);
                }
            }
            case COPY -> {
                try (OwnedFd file = FileCalls.openat(directory, path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, 0);
                        OwnedFd target = FileCalls.openat(
                                directory, step.other(), OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK, 0)) {
                    return check(DataCalls.copyFileRange(
                                    file.number(), step.small(), target.number(), step.number(), step.length()))
                            + "";
                }
            }
        }
        return "ok";
    }

    private static long check(long result) throws ErrnoException {
        return Syscalls.check(result, "step");
    }

    static int type(Step step) {
        return switch (step.number() % 5) {
            case 0 -> 0010000;
            case 1 -> 0140000;
            case 2 -> 0020000;
            case 3 -> 0100000;
            default -> 0;
        };
    }

    static long device(Step step) {
        return type(step) == 0020000 && step.number() % 2 == 0 ? FileCalls.deviceNumber(1, 3) : 0;
    }

    private String write(OwnedFd file, Step step, long offset) throws ErrnoException {
        MemorySegment.copy(step.data(), 0, buffer, ValueLayout.JAVA_BYTE, 0, step.length());
        return "wrote " + FileCalls.pwrite(file.number(), buffer.asSlice(0, step.length()), offset);
    }

    private String read(OwnedFd file) throws ErrnoException {
        return contents(FileCalls.pread(file.number(), buffer, 0), buffer);
    }

    static String contents(long count, MemorySegment buffer) {
        CRC32 sum = new CRC32();
        sum.update(buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
        return count + " bytes of " + sum.getValue();
    }

    private String stat(String path, int flags) throws ErrnoException {
        FileCalls.statx(directory, path, flags, Statx.STATX_BASIC_STATS, statx);
        return described(
                statx.mode(),
                statx.links(),
                statx.uid(),
                statx.gid(),
                statx.size(),
                FileCalls.deviceNumber(statx.deviceNumberMajor(), statx.deviceNumberMinor()),
                statx.modificationSeconds(),
                statx.modificationNanos());
    }

    /** Recent times differ between the sides; a directory's size is its file system's affair. */
    static String described(
            int mode, int links, int uid, int gid, long size, long rdev, long modifySeconds, int modifyNanos) {
        String modified = modifySeconds > RECENT ? "lately" : modifySeconds + "." + modifyNanos;
        String shownSize = (mode & 0170000) == 0040000 ? "" : " size " + size;
        return Integer.toOctalString(mode) + " links " + links + " owner " + uid + ":" + gid + shownSize + " rdev "
                + rdev + " " + modified;
    }

    private String list(OwnedFd file) throws ErrnoException {
        TreeSet<String> names = new TreeSet<>();
        long length;
        while ((length = FileCalls.getdents(file.number(), buffer)) > 0) {
            DirectoryEntries entries = new DirectoryEntries(buffer, length);
            while (entries.next()) {
                names.add(new String(entries.name(), StandardCharsets.UTF_8) + ":" + entries.type());
            }
        }
        return names.toString();
    }

    static String text(MemorySegment buffer, long length) {
        return new String(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    static String names(MemorySegment buffer, long length) {
        String[] names = text(buffer, length).split("\0");
        Arrays.sort(names);
        return Arrays.toString(names);
    }

    @Override
    public void close() {
        arena.close();
    }
}
