package org.caisson.fuse;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.Name;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.jspecify.annotations.Nullable;

/** A file of a {@link MemoryFileSystem}: what all its names share. Guarded by the file system's monitor. */
final class MemoryFile {
    private static final int LARGEST = 64 << 20;

    /** A name of a file. */
    static final class Place extends Dentry {
        Place parent;
        Name name;
        final MemoryFile file;

        Place(@Nullable Place parent, Name name, MemoryFile file) {
            this.parent = parent == null ? this : parent;
            this.name = name;
            this.file = file;
        }
    }

    final long inode;
    final Map<Name, Place> children = new LinkedHashMap<>();
    final Map<Name, byte[]> attributes = new TreeMap<>((a, b) -> Arrays.compare(a.toByteArray(), b.toByteArray()));
    int mode;
    int uid;
    int gid;
    int links = 1;
    long device;
    byte[] data = {};
    int size;
    private long accessSeconds;
    private int accessNanos;
    private long modifySeconds;
    private int modifyNanos;

    MemoryFile(long inode, int mode, int uid, int gid) {
        this.inode = inode;
        this.mode = mode;
        this.uid = uid;
        this.gid = gid;
        if (isDirectory()) {
            links = 2;
        }
    }

    boolean isDirectory() {
        return (mode & StatMode.S_IFMT) == StatMode.S_IFDIR;
    }

    boolean isRegular() {
        return (mode & StatMode.S_IFMT) == StatMode.S_IFREG;
    }

    void stat(Stat out) {
        out.allTimes(modifySeconds, modifyNanos);
        out.accessSeconds = accessSeconds;
        out.accessNanos = accessNanos;
        out.mode = mode;
        out.inode = inode;
        out.links = links;
        out.uid = uid;
        out.gid = gid;
        out.size = size;
        out.blocks = (data.length + 511L) / 512;
        out.blockSize = 4096;
        out.rdev = device;
    }

    void change(SetStat change) throws ErrnoException {
        if (change.has(SetStat.SIZE)) {
            resize(change.size);
        }
        if (change.has(SetStat.MODE)) {
            mode = (mode & StatMode.S_IFMT) | (change.mode & 07777);
        }
        if (change.has(SetStat.UID)) {
            uid = change.uid;
        }
        if (change.has(SetStat.GID)) {
            gid = change.gid;
        }
        if (change.has(SetStat.ACCESS_TIME)) {
            accessSeconds = change.accessSeconds;
            accessNanos = change.accessNanos;
        }
        if (change.has(SetStat.MODIFY_TIME)) {
            modifySeconds = change.modifySeconds;
            modifyNanos = change.modifyNanos;
        }
    }

    void resize(long length) throws ErrnoException {
        if (length > LARGEST) {
            throw Errno.EFBIG.exception();
        }
        int newSize = (int) length;
        if (newSize > data.length) {
            data = Arrays.copyOf(data, Math.max(newSize, Math.min(LARGEST, data.length * 2)));
        } else if (newSize < size) {
            Arrays.fill(data, newSize, size, (byte) 0);
        }
        size = newSize;
    }

    long read(MemorySegment target, long at, long length, long offset) {
        int count = (int) Math.max(0, Math.min(length, size - offset));
        if (count > 0) {
            MemorySegment.copy(data, (int) offset, target, ValueLayout.JAVA_BYTE, at, count);
        }
        return count;
    }

    long write(MemorySegment source, long at, long length, long offset) throws ErrnoException {
        if (offset + length > size) {
            resize(offset + length);
        }
        MemorySegment.copy(source, ValueLayout.JAVA_BYTE, at, data, (int) offset, (int) length);
        return length;
    }
}
