package org.caisson.vfs.pipe;

import java.time.Instant;
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
    final Pipe pipe = new Pipe();
    private final long device;

    private volatile Instant accessTime = Instant.now();
    private volatile Instant modifyTime = accessTime;
    private volatile Instant changeTime = accessTime;

    UnnamedPipe(long number, long device, Credentials creator) {
        super(number, StatMode.S_IFIFO | 0600, creator.uid(), creator.gid());
        this.device = device;
    }

    @Override
    public void stat(Stat out) {
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
        Instant changed = changeTime;
        out.allTimes(changed.getEpochSecond(), changed.getNano());
        Instant accessed = accessTime;
        out.accessSeconds = accessed.getEpochSecond();
        out.accessNanos = accessed.getNano();
        Instant modified = modifyTime;
        out.modifySeconds = modified.getEpochSecond();
        out.modifyNanos = modified.getNano();
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
        Instant now = Instant.now();
        if (comes.has(SetStat.ACCESS_TIME)) {
            accessTime = comes.accessNow ? now : Instant.ofEpochSecond(comes.accessSeconds, comes.accessNanos);
        }
        if (comes.has(SetStat.MODIFY_TIME)) {
            modifyTime = comes.modifyNow ? now : Instant.ofEpochSecond(comes.modifySeconds, comes.modifyNanos);
        }
        if (comes.changesTime) {
            changeTime = now;
        }
    }

    @Override
    public void accessed(FileDescription opened) {
        if ((opened.flags() & OpenFlags.O_NOATIME) == 0) {
            accessTime = Instant.now();
        }
    }

    @Override
    public void modified() {
        Instant now = Instant.now();
        modifyTime = now;
        changeTime = now;
    }
}
