package org.caisson.vfs.differential;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.zip.CRC32;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;

/**
 * A tree to which steps are made. Says what came of each as text, in terms that do not depend on the tree: inode numbers by the order in
 * which they were seen, times by whether they changed. Results below 0 are negated errnos.
 */
abstract class Subject implements AutoCloseable {
    /** Who acts: root, and two users of whom one is in the other's group. */
    static final List<Who> WHO =
            List.of(new Who(0, 0, List.of()), new Who(1000, 1000, List.of(50)), new Who(1001, 1001, List.of(1000)));

    static final int SLOTS = 5;

    static final long NOW = (1L << 30) - 1;
    static final long OMIT = (1L << 30) - 2;

    private static final int ROOM = 1 << 17;
    private static final long LONG_AGO = 1_000_000_000;

    record Who(int uid, int gid, List<Integer> groups) {}

    final Arena arena = Arena.ofShared();
    final MemorySegment data = arena.allocate(ROOM, 4096);

    private final Map<Long, Integer> inodes = new HashMap<>();
    private final Map<Integer, String> times = new HashMap<>();
    private final Seen seen = new Seen();
    /** Whether how much room things take, and which inode numbers are used again, is the same on both trees. */
    private boolean tellsSpace = true;

    private final boolean[] opened = new boolean[SLOTS];

    /** Leaves out what depends on what else a file system holds. */
    void leaveSpaceOut() {
        tellsSpace = false;
    }

    /** What the present caller does is done as this one. */
    abstract void actAs(Who who);

    /** Called when the whole tree was looked at. */
    void afterDump() {}

    abstract long mkdir(String path, int mode);

    abstract long mknod(String path, int mode, long device);

    abstract long symlink(String path, String target);

    abstract long link(String path, String other, boolean follow);

    abstract long linkOpen(int slot, String path);

    abstract long unlink(String path);

    abstract long rmdir(String path);

    abstract long rename(String path, String other, int flags);

    /** Opens into a slot, closing what was there. */
    abstract long open(int slot, String path, int flags, int mode);

    abstract long reopen(int slot, int into, int flags);

    abstract long close(int slot);

    abstract long read(int slot, MemorySegment target);

    abstract long write(int slot, MemorySegment source);

    abstract long pread(int slot, MemorySegment target, long offset);

    abstract long pwrite(int slot, MemorySegment source, long offset);

    /** At the position if the offset is negative. */
    abstract long readv(int slot, List<MemorySegment> targets, long offset);

    abstract long writev(int slot, List<MemorySegment> sources, long offset);

    abstract long seek(int slot, long offset, int whence);

    abstract long truncate(String path, long size);

    abstract long ftruncate(int slot, long size);

    abstract long fallocate(int slot, int mode, long offset, long length);

    abstract long copyRange(int slot, long offset, int into, long targetOffset, long length, int flags);

    abstract long chmod(String path, int mode);

    abstract long fchmod(int slot, int mode);

    /** -1 leaves an id as it is. */
    abstract long chown(String path, int uid, int gid, boolean follow);

    abstract long fchown(int slot, int uid, int gid);

    /** Nanoseconds may be {@link #NOW} or {@link #OMIT}. */
    abstract long utimes(String path, long seconds, long accessNanos, long modifyNanos, boolean follow);

    abstract long stat(String path, boolean follow, Seen out);

    abstract long fstat(int slot, Seen out);

    abstract long access(String path, int wanted);

    abstract long readlink(String path, MemorySegment target);

    abstract long list(String path, List<String> names);

    /** Blocks, free blocks, inodes, free inodes. */
    abstract long statfs(String path, long[] out);

    abstract long setXattr(String path, String name, byte[] value, int flags);

    abstract long fsetXattr(int slot, String name, byte[] value, int flags);

    abstract long getXattr(String path, String name, MemorySegment target);

    abstract long listXattr(String path, MemorySegment target);

    abstract long removeXattr(String path, String name);

    abstract long setFlags(int slot, int flags);

    /** FS_IOC_GETFLAGS: the flags or a negated errno. */
    abstract long fileFlags(int slot);

    /** FS_IOC_SETFLAGS. */
    abstract long setFileFlags(int slot, int flags);

    /** FS_IOC_FSGETXATTR into the data: 0 or a negated errno. */
    abstract long fileAttributes(int slot);

    /** FS_IOC_FSSETXATTR of the data. */
    abstract long setFileAttributes(int slot);

    /** What statx(2) tells beyond stat(2): mask, attributes, which there can be. */
    abstract String statx(String path, boolean follow);

    /** The same of what is open. */
    abstract String fstatx(int slot);

    @Override
    public void close() {
        arena.close();
    }

    String perform(Step step) {
        actAs(WHO.get(step.who()));
        return switch (step.call()) {
            case MKDIR -> text(mkdir(step.path(), step.mode()));
            case MKNOD -> text(mknod(step.path(), step.mode(), step.offset()));
            case SYMLINK -> text(symlink(step.path(), step.text()));
            case LINK -> text(link(step.path(), step.other(), step.flags() != 0));
            case LINK_OPEN -> text(linkOpen(step.slot(), step.path()));
            case UNLINK -> text(unlink(step.path()));
            case RMDIR -> text(rmdir(step.path()));
            case RENAME -> text(rename(step.path(), step.other(), step.flags()));
            case OPEN -> {
                long result = open(step.slot(), step.path(), step.flags(), step.mode());
                opened[step.slot()] |= result == 0;
                yield text(result);
            }
            case REOPEN -> {
                long result = reopen(step.slot(), step.otherSlot(), step.flags());
                opened[step.otherSlot()] |= result == 0;
                yield text(result);
            }
            case CLOSE -> {
                opened[step.slot()] = false;
                yield text(close(step.slot()));
            }
            case READ -> readText(read(step.slot(), data.asSlice(0, step.length())));
            case WRITE -> text(write(step.slot(), pattern(step)));
            case PREAD -> readText(pread(step.slot(), data.asSlice(0, step.length()), step.offset()));
            case PWRITE -> text(pwrite(step.slot(), pattern(step), step.offset()));
            case READV -> readvText(step);
            case WRITEV -> text(writev(step.slot(), parts(pattern(step)), step.offset()));
            case SEEK -> text(seek(step.slot(), step.offset(), step.flags()));
            case TRUNCATE -> text(truncate(step.path(), step.offset()));
            case FTRUNCATE -> text(ftruncate(step.slot(), step.offset()));
            case FALLOCATE -> text(fallocate(step.slot(), step.flags(), step.offset(), step.length()));
            case COPY ->
                text(copyRange(step.slot(), step.offset(), step.otherSlot(), step.mode(), step.length(), step.flags()));
            case CHMOD -> text(chmod(step.path(), step.mode()));
            case FCHMOD -> text(fchmod(step.slot(), step.mode()));
            case CHOWN -> text(chown(step.path(), (int) step.offset(), (int) step.length(), step.flags() != 0));
            case FCHOWN -> text(fchown(step.slot(), (int) step.offset(), (int) step.length()));
            case UTIMES -> text(utimes(step.path(), step.mode(), step.offset(), step.length(), step.flags() != 0));
            case STAT -> statText(stat(step.path(), step.flags() != 0, seen));
            case FSTAT -> statText(fstat(step.slot(), seen));
            case ACCESS -> text(access(step.path(), step.mode()));
            case READLINK -> readText(readlink(step.path(), data.asSlice(0, Math.max(1, step.length()))));
            case LIST -> listText(step.path());
            case STATFS -> statfsText(step.path());
            case SET_XATTR -> text(setXattr(step.path(), step.text(), XattrValues.of(step), step.flags()));
            case FSET_XATTR -> text(fsetXattr(step.slot(), step.text(), XattrValues.of(step), step.flags()));
            case GET_XATTR -> readText(getXattr(step.path(), step.text(), data.asSlice(0, step.length())));
            case LIST_XATTR -> xattrListText(listXattr(step.path(), data.asSlice(0, step.length())));
            case REMOVE_XATTR -> text(removeXattr(step.path(), step.text()));
            case SET_FLAGS -> text(setFlags(step.slot(), step.flags()));
            case DUMP -> dump();
        };
    }

    private static String text(long result) {
        return Long.toString(result);
    }

    private String readText(long result) {
        return result <= 0 || result > ROOM
                ? text(result)
                : text(result) + " " + Long.toHexString(sum(data, 0, result));
    }

    private static long sum(MemorySegment memory, long at, long length) {
        CRC32 crc = new CRC32();
        crc.update(memory.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE));
        return crc.getValue();
    }

    /** Data that depends on nothing but the step. */
    private MemorySegment pattern(Step step) {
        MemorySegment source = data.asSlice(0, step.length());
        for (long i = 0; i < step.length(); i++) {
            source.set(ValueLayout.JAVA_BYTE, i, (byte) (step.mode() + i * 7 + (i >>> 8)));
        }
        return source;
    }

    private static List<MemorySegment> parts(MemorySegment whole) {
        List<MemorySegment> parts = new ArrayList<>();
        long at = 0;
        for (long size = 1; at < whole.byteSize(); size = size * 5 + 3) {
            long length = Math.min(size, whole.byteSize() - at);
            parts.add(whole.asSlice(at, length));
            at += length;
        }
        return parts;
    }

    private String readvText(Step step) {
        return readText(readv(step.slot(), parts(data.asSlice(0, step.length())), step.offset()));
    }

    private String statText(long result) {
        return result < 0 ? text(result) : describe();
    }

    private int identity(long inode) {
        Integer known = inodes.putIfAbsent(inode, inodes.size());
        return known == null ? inodes.size() - 1 : known;
    }

    private String describe() {
        StringBuilder out = new StringBuilder();
        if (tellsSpace) {
            out.append("#").append(identity(seen.inode)).append(' ');
        }
        out.append("mode ").append(Integer.toOctalString(seen.mode));
        out.append(" links ").append(seen.links);
        out.append(" owner ").append(seen.uid).append(':').append(seen.gid);
        if (tellsSpace || !StatMode.isDirectory(seen.mode)) {
            out.append(" size ").append(seen.size);
        }
        if (tellsSpace) {
            out.append(" blocks ").append(seen.blocks);
        }
        out.append(" device ").append(seen.device);
        time(out, " atime ", seen.accessSeconds, seen.accessNanos);
        time(out, " mtime ", seen.modifySeconds, seen.modifyNanos);
        time(out, " ctime ", seen.changeSeconds, seen.changeNanos);
        return out.toString();
    }

    private static void time(StringBuilder out, String label, long seconds, long nanos) {
        out.append(label);
        if (seconds < LONG_AGO) {
            out.append(seconds).append('.').append(nanos);
        } else {
            out.append("recent");
        }
    }

    private String listText(String path) {
        List<String> names = new ArrayList<>();
        long result = list(path, names);
        return result < 0 ? text(result) : new TreeSet<>(names) + " of " + names.size();
    }

    private String statfsText(String path) {
        long[] numbers = new long[4];
        long result = statfs(path, numbers);
        if (result < 0 || !tellsSpace) {
            return text(result);
        }
        StringBuilder out = new StringBuilder();
        for (long number : numbers) {
            out.append(number).append(' ');
        }
        return out.toString();
    }

    private String xattrListText(long result) {
        if (result <= 0 || result > ROOM) {
            return text(result);
        }
        String list = new String(data.asSlice(0, result).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        return text(result) + " " + list.replace('\0', ' ');
    }

    /** All that root can see. */
    private String dump() {
        actAs(WHO.get(0));
        StringBuilder out = new StringBuilder();
        dump("/", out);
        out.append("statfs ").append(statfsText("/"));
        afterDump();
        return out.toString();
    }

    private void dump(String path, StringBuilder out) {
        long result = stat(path, false, seen);
        out.append(path).append(' ').append(statText(result));
        if (result < 0) {
            out.append('\n');
            return;
        }
        int mode = seen.mode;
        if (tellsSpace) {
            changes(identity(seen.inode), out);
        }
        out.append(" xattrs ").append(xattrListText(listXattr(path, data)));
        switch (mode & StatMode.S_IFMT) {
            // Past this the kernel's search for data overflows.
            case StatMode.S_IFREG -> content(path, seen.size < 1L << 62, out);
            case StatMode.S_IFLNK -> out.append(" to ").append(readText(readlink(path, data)));
            default -> {}
        }
        out.append('\n');
        if (StatMode.isDirectory(mode)) {
            List<String> names = new ArrayList<>();
            list(path, names);
            for (String entry : new TreeSet<>(names)) {
                String name = entry.substring(0, entry.lastIndexOf(' '));
                if (!name.equals(".") && !name.equals("..")) {
                    dump(path.equals("/") ? "/" + name : path + "/" + name, out);
                }
            }
        }
    }

    /** Whether times changed since the last dump. */
    private void changes(int identity, StringBuilder out) {
        String modify = seen.modifySeconds + "." + seen.modifyNanos;
        String change = seen.changeSeconds + "." + seen.changeNanos;
        String before = times.put(identity, modify + " " + change);
        if (before == null) {
            out.append(" new");
            return;
        }
        out.append(before.startsWith(modify + " ") ? "" : " modified");
        out.append(before.endsWith(" " + change) ? "" : " changed");
    }

    private void content(String path, boolean searched, StringBuilder out) {
        int slot = SLOTS;
        long result = open(slot, path, OpenFlags.O_RDONLY | OpenFlags.O_NOATIME, 0);
        if (result < 0) {
            out.append(" open ").append(result);
            return;
        }
        long at = 0;
        for (int pieces = 0; searched && pieces < 40; pieces++) {
            long start = seek(slot, at, 3);
            if (start < 0) {
                break;
            }
            long end = seek(slot, start, 4);
            out.append(" data ").append(start).append('-').append(end);
            long length = Math.min(ROOM, end - start);
            long count = pread(slot, data.asSlice(0, length), start);
            out.append(' ').append(readText(count));
            at = end;
        }
        close(slot);
    }
}
