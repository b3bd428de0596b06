package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.AtFlags;
import org.caisson.linux.DataCalls;
import org.caisson.linux.EntryCalls;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.Scratch;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.SetStat;

/** Changes attributes on the host; what the caller may change is found out here. */
final class HostChanges {
    private static final int DONE = 0;
    private static final int PERMISSIONS = 07777;

    private final HostFiles files;

    HostChanges(HostFiles files) {
        this.files = files;
    }

    /**
     * Changes attributes: the size, then what takes set-id bits away, the mode, and at last the times, which all else changes.
     *
     * @param open a descriptor of the file that is open to be written, or -1
     */
    int attributes(Credentials caller, HostInode inode, SetStat change, int open) throws ErrnoException {
        AttributeChange wanted = new AttributeChange();
        int outcome = wanted.prepare(caller, inode, change);
        if (outcome < 0) {
            return outcome;
        }
        int fd = files.acquire(inode);
        if (fd < 0) {
            return fd;
        }
        try (Scratch scratch = Scratch.open()) {
            outcome = apply(scratch, wanted, change, fd, open);
        } finally {
            files.release(inode);
        }
        inode.changed();
        if (wanted.has(SetStat.MODE)) {
            inode.aclChanged();
        }
        if (wanted.has(SetStat.MODE | SetStat.UID | SetStat.GID) || outcome < 0) {
            files.ask(inode);
        }
        return outcome;
    }

    private static int apply(Scratch scratch, AttributeChange wanted, SetStat change, int fd, int open) {
        int outcome = DONE;
        if (wanted.has(SetStat.SIZE)) {
            outcome = open >= 0
                    ? DataCalls.ftruncate(open, wanted.size)
                    : EntryCalls.truncate(HostDescriptors.path(scratch, fd), wanted.size);
        }
        if (outcome == DONE && change.has(SetStat.OWNER | SetStat.UID | SetStat.GID)) {
            int uid = wanted.has(SetStat.UID) ? wanted.uid : -1;
            int gid = wanted.has(SetStat.GID) ? wanted.gid : -1;
            outcome = EntryCalls.fchownat(fd, EntryCalls.ITSELF, uid, gid, AtFlags.AT_EMPTY_PATH);
        }
        if (outcome == DONE && wanted.has(SetStat.MODE)) {
            outcome = changeMode(fd, wanted.mode & PERMISSIONS);
        }
        if (outcome == DONE && wanted.has(SetStat.ACCESS_TIME | SetStat.MODIFY_TIME)) {
            outcome = changeTimes(scratch, wanted, fd);
        }
        return outcome;
    }

    /** Notes the present moment as one of a pipe's, whose data never comes to the host. */
    void touch(HostInode inode, boolean modified) {
        int fd = files.acquire(inode);
        if (fd < 0) {
            return;
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment times = scratch.allocate(32);
            setTime(times, 0, !modified, true, 0, 0);
            setTime(times, 16, modified, true, 0, 0);
            EntryCalls.utimensat(fd, EntryCalls.ITSELF, times, AtFlags.AT_EMPTY_PATH);
        } finally {
            files.release(inode);
        }
        inode.changed();
    }

    /** chmod(2) of what a descriptor of O_PATH means. */
    static int changeMode(int fd, int mode) {
        int outcome = EntryCalls.fchmodat2(fd, EntryCalls.ITSELF, mode, AtFlags.AT_EMPTY_PATH);
        if (outcome != -Errno.ENOSYS.number()) {
            return outcome;
        }
        try (Scratch scratch = Scratch.open()) {
            return EntryCalls.chmod(HostDescriptors.path(scratch, fd), mode);
        }
    }

    private static int changeTimes(Scratch scratch, AttributeChange wanted, int fd) {
        MemorySegment times = scratch.allocate(32);
        setTime(times, 0, wanted.has(SetStat.ACCESS_TIME), wanted.accessNow, wanted.accessSeconds, wanted.accessNanos);
        setTime(times, 16, wanted.has(SetStat.MODIFY_TIME), wanted.modifyNow, wanted.modifySeconds, wanted.modifyNanos);
        return EntryCalls.utimensat(fd, EntryCalls.ITSELF, times, AtFlags.AT_EMPTY_PATH);
    }

    private static void setTime(MemorySegment times, long at, boolean wanted, boolean now, long seconds, int nanos) {
        long set = now ? FileCalls.UTIME_NOW : nanos;
        times.set(ValueLayout.JAVA_LONG, at, seconds);
        times.set(ValueLayout.JAVA_LONG, at + 8, wanted ? set : FileCalls.UTIME_OMIT);
    }
}
