package org.caisson.vfs.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.TreeSet;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;

/** Does steps through the virtual file system. */
final class CaissonSide implements AutoCloseable {
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final VirtualDentry root;
    private final PathOperation path;
    private final PathOperation other;
    private final Stat stat = new Stat();
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(64 * 1024);

    CaissonSide(HostFileSystem fileSystem) {
        root = vfs.newMountNamespace(fileSystem).root();
        path = new PathOperation().root(root).start(root);
        other = new PathOperation().root(root).start(root);
    }

    private static Credentials caller(Step step) {
        return Credentials.of(step.uid(), step.uid()).withUmask(step.umask());
    }

    String run(Step step) {
        path.start(root).path(step.path());
        other.start(root).path(step.other());
        try {
            return act(caller(step), step);
        } catch (ErrnoException e) {
            return e.errno().toString();
        }
    }

    private FileDescription open(Credentials caller, PathOperation operation, int flags, int mode)
            throws ErrnoException {
        return vfs.open(caller, operation, new OpenOptions(flags, mode));
    }

    private String act(Credentials caller, Step step) throws ErrnoException {
        switch (step.kind()) {
            case MKDIR -> vfs.mkdir(caller, path, step.mode());
            case RMDIR -> vfs.rmdir(caller, path);
            case UNLINK -> vfs.unlink(caller, path);
            case CREATE -> {
                int flags = OpenFlags.O_CREAT | OpenFlags.O_RDWR | (step.small() == 0 ? OpenFlags.O_EXCL : 0);
                try (FileDescription file = open(caller, path, flags, step.mode())) {
                    return write(file, step, step.number());
                }
            }
            case WRITE -> {
                int extra = step.small() < 4 ? OpenFlags.O_TRUNC : step.small() < 8 ? OpenFlags.O_APPEND : 0;
                int flags = OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK | extra;
                try (FileDescription file = open(caller, path, flags, 0)) {
                    return write(file, step, step.number());
                }
            }
            case READ -> {
                try (FileDescription file = open(caller, path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, 0)) {
                    return KernelSide.contents(file.read(buffer, 0), buffer);
                }
            }
            case RENAME -> vfs.rename(caller, path, other, step.renameFlags());
            case LINK -> vfs.link(caller, path, other);
            case SYMLINK -> vfs.symlink(caller, path, bytes(step.target()));
            case MKNOD -> vfs.mknod(caller, path, KernelSide.type(step) | step.mode(), KernelSide.device(step));
            case CHMOD -> {
                SetStat change = new SetStat();
                change.mask = SetStat.MODE;
                change.mode = step.mode();
                vfs.setStat(caller, path.followFinal(true), change);
            }
            case CHOWN -> vfs.setStat(caller, path.followFinal(step.follow()), owner(step));
            case UTIMES -> vfs.setStat(caller, path.followFinal(step.follow()), times(step));
            case TRUNCATE -> {
                SetStat change = new SetStat();
                change.mask = SetStat.SIZE;
                change.size = step.number();
                try (FileDescription file = open(caller, path, OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK, 0)) {
                    file.setStat(caller, change);
                }
            }
            case SET_XATTR ->
                vfs.setXattr(
                        caller,
                        path,
                        Name.of(step.xattr()),
                        MemorySegment.ofArray(step.xattrValue()),
                        step.xattrFlags());
            case GET_XATTR -> {
                MemorySegment room = buffer.asSlice(0, step.number() % 100);
                long length = vfs.getXattr(caller, path, Name.of(step.xattr()), room);
                return length + " " + (room.byteSize() == 0 ? "" : KernelSide.text(buffer, length));
            }
            case LIST_XATTR -> {
                return KernelSide.names(buffer, vfs.listXattr(caller, path, buffer));
            }
            case REMOVE_XATTR -> vfs.removeXattr(caller, path, Name.of(step.xattr()));
            case STAT -> {
                vfs.stat(caller, path.followFinal(step.follow()), stat);
                return KernelSide.described(
                        stat.mode,
                        stat.links,
                        stat.uid,
                        stat.gid,
                        stat.size,
                        stat.rdev,
                        stat.modifySeconds,
                        stat.modifyNanos);
            }
            case LIST -> {
                try (FileDescription file = open(caller, path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0)) {
                    return list(file);
                }
            }
            case ACCESS -> vfs.access(caller, path.followFinal(true), step.small() & 7);
            case READLINK -> {
                return KernelSide.text(buffer, vfs.readlink(caller, path, buffer));
            }
            case TEMPORARY -> {
                int flags = OpenFlags.O_TMPFILE | OpenFlags.O_RDWR | (step.small() == 1 ? OpenFlags.O_EXCL : 0);
                try (FileDescription file = open(caller, path, flags, step.mode())) {
                    String written = write(file, step, 0);
                    vfs.link(caller, path.itself(file.place()), other);
                    return written;
                }
            }
            case ALLOCATE -> {
                try (FileDescription file = open(caller, path, OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK, 0)) {
                    file.allocate(step.allocationMode(), step.number(), step.length() + 1L);
                    long hole = seek(file, 0, FileDescription.SEEK_HOLE);
                    return "hole " + hole + " data " + seek(file, hole, FileDescription.SEEK_DATA);
                }
            }
            case COPY -> {
                try (FileDescription file = open(caller, path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, 0);
                        FileDescription target = open(caller, other, OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK, 0)) {
                    return file.copyRange(step.small(), target, step.number(), step.length(), 0) + "";
                }
            }
        }
        return "ok";
    }

    private static long seek(FileDescription file, long offset, int whence) {
        try {
            return file.seek(offset, whence);
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }

    private static SetStat owner(Step step) {
        SetStat change = new SetStat();
        change.mask = SetStat.OWNER;
        if (step.owner() >= 0) {
            change.mask |= SetStat.UID;
            change.uid = step.owner();
        }
        if (step.group() >= 0) {
            change.mask |= SetStat.GID;
            change.gid = step.group();
        }
        return change;
    }

    private static SetStat times(Step step) {
        SetStat change = new SetStat();
        change.mask = SetStat.ACCESS_TIME;
        if (step.small() < 6) {
            change.mask |= SetStat.ACCESS_NOW;
        } else {
            change.accessSeconds = step.number();
            change.accessNanos = 77;
        }
        if (step.small() < 4) {
            change.mask |= SetStat.MODIFY_TIME | SetStat.MODIFY_NOW;
        } else if (step.small() >= 6) {
            change.mask |= SetStat.MODIFY_TIME;
            change.modifySeconds = step.number() + 1L;
            change.modifyNanos = 5;
        }
        return change;
    }

    private static MemorySegment bytes(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    private String write(FileDescription file, Step step, long offset) throws ErrnoException {
        MemorySegment.copy(step.data(), 0, buffer, ValueLayout.JAVA_BYTE, 0, step.length());
        return "wrote " + file.write(buffer, 0, step.length(), offset);
    }

    private String list(FileDescription directory) throws ErrnoException {
        TreeSet<String> names = new TreeSet<>();
        long[] cookie = {0};
        boolean[] more = {true};
        while (more[0]) {
            more[0] = false;
            int[] room = {3};
            directory.readDirectory(cookie[0], (name, inode, type, next) -> {
                if (room[0]-- == 0) {
                    more[0] = true;
                    return false;
                }
                names.add(name + ":" + type);
                cookie[0] = next;
                return true;
            });
        }
        return names.toString();
    }

    @Override
    public void close() {
        arena.close();
    }
}
