package org.caisson.vfs.pipe;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Inode;
import org.caisson.vfs.Permissions;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;

/** The inode of a pipe without a name. */
final class UnnamedPipe extends Inode implements PipeInode {
    final Pipe pipe = new Pipe();
    private final long device;

    private volatile long accessMillis = System.currentTimeMillis();
    private volatile long modifyMillis = accessMillis;
    private volatile long changeMillis = accessMillis;

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
        out.allTimes(seconds(changeMillis), nanos(changeMillis));
        out.accessSeconds = seconds(accessMillis);
        out.accessNanos = nanos(accessMillis);
        out.modifySeconds = seconds(modifyMillis);
        out.modifyNanos = nanos(modifyMillis);
    }

    private static long seconds(long millis) {
        return Math.floorDiv(millis, 1000);
    }

    private static int nanos(long millis) {
        return Math.floorMod(millis, 1000) * 1_000_000;
    }

    @Override
    public void setStat(Credentials caller, SetStat change) throws ErrnoException {
        if (!Permissions.owns(caller, uid())) {
            throw Errno.EPERM.exception();
        }
        boolean other =
                (change.has(SetStat.UID) && change.uid != uid()) || (change.has(SetStat.GID) && change.gid != gid());
        if (other && caller.uid() != 0) {
            throw Errno.EPERM.exception();
        }
        synchronized (this) {
            attributes(
                    change.has(SetStat.MODE) ? change.mode : mode(),
                    change.has(SetStat.UID) ? change.uid : uid(),
                    change.has(SetStat.GID) ? change.gid : gid());
        }
        changeMillis = System.currentTimeMillis();
    }

    @Override
    public void accessed() {
        accessMillis = System.currentTimeMillis();
    }

    @Override
    public void modified() {
        modifyMillis = System.currentTimeMillis();
        changeMillis = modifyMillis;
    }
}
