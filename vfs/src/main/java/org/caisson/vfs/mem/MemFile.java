package org.caisson.vfs.mem;

import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.AllocationModes;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.SetStat;
import org.jspecify.annotations.Nullable;

/** A regular file. */
class MemFile extends MemInode {
    /** The greatest offset of any file (MAX_LFS_FILESIZE of {@code linux/fs.h}). */
    static final long MAX_SIZE = Long.MAX_VALUE;

    /** Instead of an offset. */
    static final long AT_END = -1;

    /** Written under the lock of the data. */
    private volatile long size;

    /** Null until there is something to lock or to keep. Written under the monitor. */
    private volatile @Nullable FileData data;

    MemFile(MemFileSystem fileSystem, int permissions, int uid, int gid, int links) {
        super(fileSystem, StatMode.S_IFREG | permissions, uid, gid, links);
    }

    /** A file that was made without a name and may get one. Of another class, as a field would make every file larger. */
    static final class Linkable extends MemFile {
        Linkable(MemFileSystem fileSystem, int permissions, int uid, int gid) {
            super(fileSystem, permissions, uid, gid, 0);
        }

        @Override
        boolean isLinkable() {
            return true;
        }
    }

    /** What a snapshot sees of another file. */
    MemFile(MemFileSystem fileSystem, AttributeImage attributes, FileData.@Nullable Past past) {
        super(fileSystem, attributes);
        if (past != null) {
            size = past.size();
            data = new FileData(fileSystem, this, past.table());
        }
    }

    /** What a snapshot sees of the data; null if there was none. */
    FileData.@Nullable Past dataAt(int snapshot) {
        FileData present = data;
        if (present == null) {
            return null;
        }
        long stamp = present.lock.readLock();
        try {
            return present.at(snapshot, size);
        } finally {
            present.lock.unlockRead(stamp);
        }
    }

    @Override
    boolean isSameFor(int snapshot, int later) {
        if (!super.isSameFor(snapshot, later)) {
            return false;
        }
        FileData present = data;
        if (present == null) {
            return true;
        }
        long stamp = present.lock.readLock();
        try {
            return present.isSameFor(snapshot, later);
        } finally {
            present.lock.unlockRead(stamp);
        }
    }

    /** Data at one moment: files that share it all have equal ones. */
    record Content(long size, @Nullable Object pages) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Content content && content.size == size && content.pages == pages;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(size);
        }
    }

    /** What the file holds now. */
    Content content() {
        FileData present = data;
        if (present == null) {
            return new Content(size, null);
        }
        long stamp = present.lock.readLock();
        try {
            return new Content(size, present.content());
        } finally {
            present.lock.unlockRead(stamp);
        }
    }

    @Override
    long size() {
        return size;
    }

    @Override
    long pages() {
        FileData present = data;
        return present == null ? 0 : present.pages();
    }

    @Override
    void free() {
        FileData present = data;
        if (present != null) {
            long stamp = present.lock.writeLock();
            try {
                present.beforeChange(size);
                present.clear();
            } finally {
                present.lock.unlockWrite(stamp);
            }
        }
        super.free();
    }

    @Override
    protected void settle() {
        FileData present = data;
        if (present != null) {
            present.lock.unlockWrite(present.lock.writeLock());
        }
    }

    /** Pages neither come nor go meanwhile. */
    @Override
    int applyCharged(AttributeChange change, Credentials caller, Instant now) {
        if (fileSystem.space().quotas() == null || !change.has(SetStat.UID | SetStat.GID)) {
            return super.applyCharged(change, caller, now);
        }
        FileData present = data();
        long stamp = present.lock.writeLock();
        try {
            return super.applyCharged(change, caller, now);
        } finally {
            present.lock.unlockWrite(stamp);
        }
    }

    private FileData data() {
        FileData present = data;
        return present == null ? makeData() : present;
    }

    private synchronized FileData makeData() {
        FileData present = data;
        if (present == null) {
            present = new FileData(fileSystem, this);
            data = present;
        }
        return present;
    }

    long read(MemorySegment target, long at, long length, long offset) {
        FileData present = data;
        if (present == null) {
            long count = Math.max(0, Math.min(length, size - offset));
            target.asSlice(at, count).fill((byte) 0);
            return count;
        }
        long stamp = present.lock.readLock();
        try {
            long count = Math.max(0, Math.min(length, size - offset));
            present.read(target, at, count, offset);
            return count;
        } finally {
            present.lock.unlockRead(stamp);
        }
    }

    long read(List<MemorySegment> targets, long length, long offset) {
        FileData present = data();
        long stamp = present.lock.readLock();
        try {
            long count = Math.max(0, Math.min(length, size - offset));
            long done = 0;
            for (int i = 0; done < count; i++) {
                MemorySegment target = targets.get(i);
                long piece = Math.min(target.byteSize(), count - done);
                present.read(target, 0, piece, offset + done);
                done += piece;
            }
            return count;
        } finally {
            present.lock.unlockRead(stamp);
        }
    }

    /** Writes at an offset, or with {@link #AT_END} at the end of the file. */
    long write(MemFileDescription by, Credentials caller, MemorySegment source, long at, long length, long wanted)
            throws ErrnoException {
        FileData present = data();
        int passed = fileSystem.gate().enter();
        long stamp = present.lock.writeLock();
        try {
            long offset = wanted == AT_END ? size : wanted;
            long count = bounded(length, offset);
            present.beforeChange(size);
            dropPrivileges(by, caller);
            return wrote(by, offset, present.write(caller, source, at, count, offset));
        } finally {
            present.lock.unlockWrite(stamp);
            fileSystem.gate().leave(passed);
        }
    }

    long write(MemFileDescription by, Credentials caller, List<MemorySegment> sources, long length, long wanted)
            throws ErrnoException {
        FileData present = data();
        int passed = fileSystem.gate().enter();
        long stamp = present.lock.writeLock();
        try {
            long offset = wanted == AT_END ? size : wanted;
            long count = bounded(length, offset);
            present.beforeChange(size);
            dropPrivileges(by, caller);
            long done = 0;
            for (int i = 0; done < count; i++) {
                MemorySegment source = sources.get(i);
                long piece = Math.min(source.byteSize(), count - done);
                long written = present.write(caller, source, 0, piece, offset + done);
                done = done == 0 || written > 0 ? done + written : done;
                if (written < piece) {
                    break;
                }
            }
            return wrote(by, offset, done);
        } finally {
            present.lock.unlockWrite(stamp);
            fileSystem.gate().leave(passed);
        }
    }

    private static long bounded(long length, long offset) throws ErrnoException {
        if (offset == MAX_SIZE) {
            throw Errno.EFBIG.exception();
        }
        return Math.min(length, MAX_SIZE - offset);
    }

    /** @param written how many bytes, or a negated errno if there were none */
    private long wrote(MemFileDescription by, long offset, long written) throws ErrnoException {
        if (written > 0) {
            size = Math.max(size, offset + written);
        }
        modified(Instant.now());
        fileSystem.changedData(this, offset, Math.max(written, 0), size);
        if (written < 0) {
            throw Errno.of((int) -written).exception();
        }
        by.wroteUpTo(offset + written);
        return written;
    }

    private void dropPrivileges(MemFileDescription by, Credentials caller) {
        if (isPrivileged()) {
            AttributeChange change = new AttributeChange();
            change.prepareWrite(caller, this);
            apply(change, Instant.now());
            if (change.has(SetStat.MODE)) {
                by.lostSetIds();
            }
        }
    }

    /** Sets the size; false if that is the size already, and there are no pages, so that the kernel lets the times stay. */
    boolean resize(long wanted) throws ErrnoException {
        FileData present = data;
        if (present == null && size == wanted) {
            return false;
        }
        present = data();
        long stamp = present.lock.writeLock();
        try {
            long before = size;
            boolean changes = wanted != before || present.pages() != 0;
            present.beforeChange(before);
            if (wanted <= before) {
                present.truncate(wanted);
            }
            size = wanted;
            if (wanted != before) {
                long from = Math.min(before, wanted);
                fileSystem.changedData(this, from, wanted - from, wanted);
            }
            return changes;
        } finally {
            present.lock.unlockWrite(stamp);
        }
    }

    /** fallocate(2), with arguments that are right. */
    void allocate(MemFileDescription by, Credentials caller, int mode, long offset, long length) throws ErrnoException {
        FileData present = data();
        int passed = fileSystem.gate().enter();
        long stamp = present.lock.writeLock();
        try {
            long before = size;
            present.beforeChange(before);
            dropPrivileges(by, caller);
            if ((mode & AllocationModes.PUNCH_HOLE) != 0) {
                present.punch(offset, offset + length);
                fileSystem.changedData(this, offset, Math.min(length, Math.max(0, before - offset)), before);
            } else {
                present.allocate(caller, offset, offset + length);
                if ((mode & AllocationModes.KEEP_SIZE) == 0 && offset + length > before) {
                    size = offset + length;
                    fileSystem.changedData(this, before, offset + length - before, offset + length);
                }
            }
            modified(Instant.now());
        } finally {
            present.lock.unlockWrite(stamp);
            fileSystem.gate().leave(passed);
        }
    }

    /** SEEK_DATA and SEEK_HOLE. */
    long seekData(long offset, boolean hole) throws ErrnoException {
        if (offset < 0) {
            throw Errno.ENXIO.exception();
        }
        FileData present = data();
        long stamp = present.lock.readLock();
        try {
            long end = size;
            if (offset >= end) {
                throw Errno.ENXIO.exception();
            }
            if (hole) {
                return Math.min(present.nextHole(offset), end);
            }
            long found = present.nextData(offset);
            if (found < 0 || found >= end) {
                throw Errno.ENXIO.exception();
            }
            return found;
        } finally {
            present.lock.unlockRead(stamp);
        }
    }
}
