package org.caisson.vfs.differential;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileFlags;
import org.caisson.linux.Fsxattr;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/** A tree of the virtual file system. Does what the door of a kernel does with descriptors: closed slots are EBADF. */
class VfsSubject extends Subject {
    private final VirtualFileSystem vfs;
    private final VirtualDentry root;
    private final int umask;

    private final PathOperation operation = new PathOperation();
    private final PathOperation second = new PathOperation();
    private final Stat stat = new Stat();
    private final SetStat change = new SetStat();
    private final @Nullable FileDescription[] open = new FileDescription[SLOTS + 1];

    private Credentials caller = Credentials.root();

    /** What is closed at the end. */
    private final Runnable end;

    VfsSubject(VirtualFileSystem vfs, VirtualDentry root, int umask) {
        this(vfs, root, umask, () -> {});
    }

    VfsSubject(VirtualFileSystem vfs, VirtualDentry root, int umask, Runnable end) {
        this.vfs = vfs;
        this.root = root;
        this.umask = umask;
        this.end = end;
    }

    @FunctionalInterface
    private interface Work {
        long run() throws ErrnoException;
    }

    private static long result(Work work) {
        try {
            return work.run();
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }

    private PathOperation at(String path) {
        return operation.root(root).start(root).path(path);
    }

    private PathOperation to(String path) {
        return second.root(root).start(root).path(path);
    }

    private FileDescription file(int slot) throws ErrnoException {
        FileDescription file = open[slot];
        if (file == null) {
            throw Errno.EBADF.exception();
        }
        return file;
    }

    /** An O_PATH descriptor is none to most calls. */
    private FileDescription real(int slot) throws ErrnoException {
        FileDescription file = file(slot);
        if ((file.flags() & OpenFlags.O_PATH) != 0) {
            throw Errno.EBADF.exception();
        }
        return file;
    }

    @Override
    public void close() {
        for (int slot = 0; slot <= SLOTS; slot++) {
            close(slot);
        }
        super.close();
        end.run();
    }

    @Override
    void actAs(Who who) {
        caller = Credentials.of(who.uid(), who.gid())
                .withGroups(who.groups().stream().mapToInt(Integer::intValue).toArray())
                .withUmask(umask);
    }

    @Override
    long mkdir(String path, int mode) {
        return result(() -> {
            vfs.mkdir(caller, at(path), mode);
            return 0;
        });
    }

    @Override
    long mknod(String path, int mode, long device) {
        return result(() -> {
            vfs.mknod(caller, at(path), mode, device);
            return 0;
        });
    }

    @Override
    long symlink(String path, String target) {
        return result(() -> {
            vfs.symlink(caller, at(path), MemorySegment.ofArray(target.getBytes(StandardCharsets.UTF_8)));
            return 0;
        });
    }

    @Override
    long link(String path, String other, boolean follow) {
        return result(() -> {
            vfs.link(caller, at(path).followFinal(follow), to(other));
            return 0;
        });
    }

    @Override
    long linkOpen(int slot, String path) {
        return result(() -> {
            vfs.link(caller, at("").itself(file(slot).place()), to(path));
            return 0;
        });
    }

    @Override
    long unlink(String path) {
        return result(() -> {
            vfs.unlink(caller, at(path));
            return 0;
        });
    }

    @Override
    long rmdir(String path) {
        return result(() -> {
            vfs.rmdir(caller, at(path));
            return 0;
        });
    }

    @Override
    long rename(String path, String other, int flags) {
        return result(() -> {
            vfs.rename(caller, at(path), to(other), flags);
            return 0;
        });
    }

    @Override
    long open(int slot, String path, int flags, int mode) {
        return open(slot, at(path), flags, mode);
    }

    private long open(int slot, PathOperation where, int flags, int mode) {
        return result(() -> {
            FileDescription opened = vfs.open(caller, where, new OpenOptions(flags, mode));
            close(slot);
            open[slot] = opened;
            return 0;
        });
    }

    @Override
    long reopen(int slot, int into, int flags) {
        return result(() -> open(into, at("").itself(file(slot).place()), flags, 0600));
    }

    @Override
    long close(int slot) {
        return result(() -> {
            file(slot).release();
            open[slot] = null;
            return 0;
        });
    }

    @Override
    long read(int slot, MemorySegment target) {
        return result(() -> real(slot).read(target));
    }

    @Override
    long write(int slot, MemorySegment source) {
        return result(() -> real(slot).write(caller, source));
    }

    @Override
    long pread(int slot, MemorySegment target, long offset) {
        return offset < 0 ? -Errno.EINVAL.number() : result(() -> real(slot).read(target, offset));
    }

    @Override
    long pwrite(int slot, MemorySegment source, long offset) {
        return offset < 0
                ? -Errno.EINVAL.number()
                : result(() -> real(slot).write(caller, source, 0, source.byteSize(), offset));
    }

    @Override
    long readv(int slot, List<MemorySegment> targets, long offset) {
        return result(() -> offset < 0 ? real(slot).read(targets) : real(slot).read(targets, offset));
    }

    @Override
    long writev(int slot, List<MemorySegment> sources, long offset) {
        return result(() ->
                offset < 0 ? real(slot).write(caller, sources) : real(slot).write(caller, sources, offset));
    }

    @Override
    long seek(int slot, long offset, int whence) {
        return result(() -> real(slot).seek(offset, whence));
    }

    private SetStat wanted(int mask) {
        change.clear();
        change.mask = mask;
        return change;
    }

    @Override
    long truncate(String path, long size) {
        if (size < 0) {
            return -Errno.EINVAL.number();
        }
        return result(() -> {
            wanted(SetStat.SIZE).size = size;
            vfs.setStat(caller, at(path).followFinal(true), change);
            return 0;
        });
    }

    @Override
    long ftruncate(int slot, long size) {
        if (size < 0) {
            return -Errno.EINVAL.number();
        }
        return result(() -> {
            wanted(SetStat.SIZE).size = size;
            real(slot).setStat(caller, change);
            return 0;
        });
    }

    @Override
    long fallocate(int slot, int mode, long offset, long length) {
        return result(() -> {
            real(slot).allocate(caller, mode, offset, length);
            return 0;
        });
    }

    @Override
    long copyRange(int slot, long offset, int into, long targetOffset, long length, int flags) {
        return result(() -> real(slot).copyRange(caller, offset, real(into), targetOffset, length, flags));
    }

    @Override
    long chmod(String path, int mode) {
        return result(() -> {
            wanted(SetStat.MODE).mode = mode;
            vfs.setStat(caller, at(path).followFinal(true), change);
            return 0;
        });
    }

    @Override
    long fchmod(int slot, int mode) {
        return result(() -> {
            FileDescription file = real(slot);
            wanted(SetStat.MODE).mode = mode;
            file.setStat(caller, change);
            return 0;
        });
    }

    private SetStat owner(int uid, int gid) {
        wanted(SetStat.OWNER | (uid == -1 ? 0 : SetStat.UID) | (gid == -1 ? 0 : SetStat.GID));
        change.uid = uid;
        change.gid = gid;
        return change;
    }

    @Override
    long chown(String path, int uid, int gid, boolean follow) {
        return result(() -> {
            vfs.setStat(caller, at(path).followFinal(follow), owner(uid, gid));
            return 0;
        });
    }

    @Override
    long fchown(int slot, int uid, int gid) {
        return result(() -> {
            real(slot).setStat(caller, owner(uid, gid));
            return 0;
        });
    }

    @Override
    long utimes(String path, long seconds, long accessNanos, long modifyNanos, boolean follow) {
        if (accessNanos == OMIT && modifyNanos == OMIT) {
            return 0;
        }
        return result(() -> {
            wanted(0);
            if (accessNanos != OMIT) {
                change.mask |= SetStat.ACCESS_TIME | (accessNanos == NOW ? SetStat.ACCESS_NOW : 0);
                change.accessSeconds = seconds;
                change.accessNanos = (int) accessNanos;
            }
            if (modifyNanos != OMIT) {
                change.mask |= SetStat.MODIFY_TIME | (modifyNanos == NOW ? SetStat.MODIFY_NOW : 0);
                change.modifySeconds = seconds;
                change.modifyNanos = (int) modifyNanos;
            }
            vfs.setStat(caller, at(path).followFinal(follow), change);
            return 0;
        });
    }

    @Override
    long stat(String path, boolean follow, Seen out) {
        return result(() -> {
            vfs.stat(caller, at(path).followFinal(follow), stat);
            return fill(out);
        });
    }

    @Override
    long fstat(int slot, Seen out) {
        return result(() -> {
            file(slot).stat(stat);
            return fill(out);
        });
    }

    private long fill(Seen out) {
        out.mode = stat.mode;
        out.inode = stat.inode;
        out.links = stat.links;
        out.uid = stat.uid;
        out.gid = stat.gid;
        out.size = stat.size;
        out.blocks = stat.blocks;
        out.device = stat.rdev;
        out.accessSeconds = stat.accessSeconds;
        out.accessNanos = stat.accessNanos;
        out.modifySeconds = stat.modifySeconds;
        out.modifyNanos = stat.modifyNanos;
        out.changeSeconds = stat.changeSeconds;
        out.changeNanos = stat.changeNanos;
        return 0;
    }

    @Override
    long access(String path, int wanted) {
        return result(() -> {
            vfs.access(caller, at(path).followFinal(true), wanted);
            return 0;
        });
    }

    @Override
    long readlink(String path, MemorySegment target) {
        return result(() -> vfs.readlink(caller, at(path), target));
    }

    @Override
    long list(String path, List<String> names) {
        return result(() -> {
            OpenOptions options = new OpenOptions(OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
            try (FileDescription directory = vfs.open(caller, at(path), options)) {
                long[] cookie = {0, -1};
                // As getdents does: a few at a time.
                while (cookie[0] != cookie[1]) {
                    cookie[1] = cookie[0];
                    int[] room = {5};
                    directory.readDirectory(cookie[0], (name, inode, type, next) -> {
                        if (room[0]-- == 0) {
                            return false;
                        }
                        names.add(name + " " + type);
                        cookie[0] = next;
                        return true;
                    });
                }
            }
            return 0;
        });
    }

    @Override
    long statfs(String path, long[] out) {
        return result(() -> {
            FileSystemStatistics statistics = new FileSystemStatistics();
            vfs.statfs(caller, at(path).followFinal(true), statistics);
            out[0] = statistics.blocks;
            out[1] = statistics.blocksFree;
            out[2] = statistics.files;
            out[3] = statistics.filesFree;
            return 0;
        });
    }

    @Override
    long setXattr(String path, String name, byte[] value, int flags) {
        return result(() -> {
            vfs.setXattr(caller, at(path), Name.of(name), MemorySegment.ofArray(value), flags);
            return 0;
        });
    }

    @Override
    long fsetXattr(int slot, String name, byte[] value, int flags) {
        return result(() -> {
            real(slot).setXattr(caller, Name.of(name), MemorySegment.ofArray(value), flags);
            return 0;
        });
    }

    @Override
    long getXattr(String path, String name, MemorySegment target) {
        return result(() -> vfs.getXattr(caller, at(path), Name.of(name), target));
    }

    @Override
    long listXattr(String path, MemorySegment target) {
        return result(() -> vfs.listXattr(caller, at(path), target));
    }

    @Override
    long removeXattr(String path, String name) {
        return result(() -> {
            vfs.removeXattr(caller, at(path), Name.of(name));
            return 0;
        });
    }

    @Override
    long setFlags(int slot, int flags) {
        return result(() -> {
            real(slot).setFlags(caller, flags);
            return 0;
        });
    }

    @Override
    long fileFlags(int slot) {
        return result(() -> {
            MemorySegment flags = MemorySegment.ofArray(new int[1]);
            file(slot).ioctl(caller, FileFlags.FS_IOC_GETFLAGS, flags);
            return flags.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
        });
    }

    @Override
    long setFileFlags(int slot, int flags) {
        return result(
                () -> file(slot).ioctl(caller, FileFlags.FS_IOC_SETFLAGS, MemorySegment.ofArray(new int[] {flags})));
    }

    @Override
    long fileAttributes(int slot) {
        return result(() -> file(slot).ioctl(caller, Fsxattr.FS_IOC_FSGETXATTR, data));
    }

    @Override
    long setFileAttributes(int slot) {
        return result(() -> file(slot).ioctl(caller, Fsxattr.FS_IOC_FSSETXATTR, data));
    }

    @Override
    String statx(String path, boolean follow) {
        stat.extended = true;
        return extended(result(() -> {
            vfs.stat(caller, at(path).followFinal(follow), stat);
            return 0;
        }));
    }

    @Override
    String fstatx(int slot) {
        stat.extended = true;
        return extended(result(() -> {
            file(slot).stat(stat);
            return 0;
        }));
    }

    private String extended(long outcome) {
        stat.extended = false;
        return outcome < 0
                ? Long.toString(outcome)
                : String.format("%x %x %x", stat.mask, stat.attributes, stat.attributesMask);
    }
}
