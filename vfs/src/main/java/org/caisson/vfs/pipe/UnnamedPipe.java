package org.caisson.vfs.pipe;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Inode;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;

/** The inode of a pipe without a name. */
final class UnnamedPipe extends Inode implements PipeInode {
    private static final long SECOND = 1_000_000_000;

    final Pipe pipe = new Pipe();
    private final long device;

    // Nanoseconds since the epoch.
    private volatile long accessTime = now();
    private volatile long modifyTime = accessTime;
    private volatile long changeTime = accessTime;

    UnnamedPipe(long number, long device, Credentials creator) {
        super(number, StatMode.S_IFIFO | 0600, creator.uid(), creator.gid());
        this.device = device;
    }

    @Override
    public void stat(Stat out) {
        out.beginExtended();
        out.mode = mode();
        out.inode = number();
        out.device = device;
        out.links = 1;
        out.uid = uid();
        out.gid = gid();
        out.size = 0;
        out.blocks = 0;
        out.blockSize = PipeBuffer.PAGE;
        out.rdev = 0;
        long changed = changeTime;
        out.allTimes(seconds(changed), nanos(changed));
        long accessed = accessTime;
        out.accessSeconds = seconds(accessed);
        out.accessNanos = nanos(accessed);
        long modified = modifyTime;
        out.modifySeconds = seconds(modified);
        out.modifyNanos = nanos(modified);
    }

    /** As coarse as the kernel's, which takes the time of the last tick. */
    private static long now() {
        return System.currentTimeMillis() * 1_000_000;
    }

    private static long at(long seconds, int nanos) {
        return seconds * SECOND + nanos;
    }

    private static long seconds(long time) {
        return Math.floorDiv(time, SECOND);
    }

    private static int nanos(long time) {
        return (int) Math.floorMod(time, SECOND);
    }

    @Override
    public void setStat(FileDescription opened, Credentials caller, SetStat change) throws ErrnoException {
        AttributeChange comes = new AttributeChange();
        synchronized (this) {
            int outcome = comes.prepare(caller, this, change);
            if (outcome < 0) {
                throw Errno.of(-outcome).exception();
            }
            attributes(comes.mode, comes.uid, comes.gid);
        }
        long now = now();
        if (comes.has(SetStat.ACCESS_TIME)) {
            accessTime = comes.accessNow ? now : at(comes.accessSeconds, comes.accessNanos);
        }
        if (comes.has(SetStat.MODIFY_TIME)) {
            modifyTime = comes.modifyNow ? now : at(comes.modifySeconds, comes.modifyNanos);
        }
        if (comes.changesTime) {
            changeTime = now;
        }
    }

    @Override
    public void accessed(FileDescription opened) {
        if ((opened.flags() & OpenFlags.O_NOATIME) == 0) {
            accessTime = now();
        }
    }

    @Override
    public void modified() {
        long now = now();
        modifyTime = now;
        changeTime = now;
    }
}
