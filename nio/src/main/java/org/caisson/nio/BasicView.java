package org.caisson.nio;

import java.io.IOException;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.jspecify.annotations.Nullable;

/** The times of a file, and what its attributes are read from. */
class BasicView implements BasicFileAttributeView {
    private final FileReference file;
    private final boolean follow;

    BasicView(FileReference file, boolean follow) {
        this.file = file;
        this.follow = follow;
    }

    FileReference file() {
        return file;
    }

    @Override
    public String name() {
        return "basic";
    }

    @Override
    public CaissonFileAttributes readAttributes() throws IOException {
        return CaissonFileAttributes.read(file, follow);
    }

    /** utimensat(2); the time of creation cannot be changed and is ignored. */
    @Override
    public void setTimes(
            @Nullable FileTime lastModifiedTime, @Nullable FileTime lastAccessTime, @Nullable FileTime createTime)
            throws IOException {
        if (lastModifiedTime == null && lastAccessTime == null) {
            return;
        }
        SetStat change = new SetStat();
        if (lastModifiedTime != null) {
            Instant time = lastModifiedTime.toInstant();
            change.mask |= SetStat.MODIFY_TIME;
            change.modifySeconds = time.getEpochSecond();
            change.modifyNanos = time.getNano();
        }
        if (lastAccessTime != null) {
            Instant time = lastAccessTime.toInstant();
            change.mask |= SetStat.ACCESS_TIME;
            change.accessSeconds = time.getEpochSecond();
            change.accessNanos = time.getNano();
        }
        apply(change);
    }

    final void apply(SetStat change) throws IOException {
        try {
            apply(file, follow, change);
        } catch (ErrnoException e) {
            throw file.failure(e);
        }
    }

    static void apply(FileReference file, boolean follow, SetStat change) throws ErrnoException {
        CaissonFileSystem system = file.system();
        PathOperation operation = file.aim(follow);
        try {
            system.vfs().setStat(system.credentials(), operation, change);
        } finally {
            file.done(operation);
        }
    }
}
