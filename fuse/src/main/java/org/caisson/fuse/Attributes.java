package org.caisson.fuse;

import java.lang.foreign.MemorySegment;
import org.caisson.fuse.protocol.FuseAttr;
import org.caisson.fuse.protocol.FuseAttrOut;
import org.caisson.fuse.protocol.FuseEntryOut;
import org.caisson.fuse.protocol.FuseStatxOut;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.Stat;

/** Writes attributes and their times to live as the kernel wants them, with the ids of the host. */
final class Attributes {
    private static final long SECOND = 1_000_000_000L;

    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int STATX_BTIME = 0x800;

    private final IdShift ids;

    Attributes(IdShift ids) {
        this.ids = ids;
    }

    int entry(MemorySegment out, int at, long nodeId, CachePolicy policy, Stat stat) {
        FuseEntryOut.nodeid(out, at, nodeId);
        FuseEntryOut.generation(out, at, 0);
        FuseEntryOut.entryValid(out, at, policy.entryNanos() / SECOND);
        FuseEntryOut.entryValidNsec(out, at, (int) (policy.entryNanos() % SECOND));
        FuseEntryOut.attrValid(out, at, policy.attributeNanos() / SECOND);
        FuseEntryOut.attrValidNsec(out, at, (int) (policy.attributeNanos() % SECOND));
        fill(out, at + FuseEntryOut.ATTR, stat);
        return FuseEntryOut.SIZE;
    }

    /** A name that leads nowhere for so long. */
    int noEntry(MemorySegment out, int at, long nanos) {
        out.asSlice(at, FuseEntryOut.SIZE).fill((byte) 0);
        FuseEntryOut.entryValid(out, at, nanos / SECOND);
        FuseEntryOut.entryValidNsec(out, at, (int) (nanos % SECOND));
        return FuseEntryOut.SIZE;
    }

    int attributes(MemorySegment out, int at, CachePolicy policy, Stat stat) {
        FuseAttrOut.attrValid(out, at, policy.attributeNanos() / SECOND);
        FuseAttrOut.attrValidNsec(out, at, (int) (policy.attributeNanos() % SECOND));
        fill(out, at + FuseAttrOut.ATTR, stat);
        return FuseAttrOut.SIZE;
    }

    private void fill(MemorySegment out, int at, Stat stat) {
        FuseAttr.ino(out, at, stat.inode);
        FuseAttr.size(out, at, stat.size);
        FuseAttr.blocks(out, at, stat.blocks);
        FuseAttr.atime(out, at, stat.accessSeconds);
        FuseAttr.mtime(out, at, stat.modifySeconds);
        FuseAttr.ctime(out, at, stat.changeSeconds);
        FuseAttr.atimensec(out, at, stat.accessNanos);
        FuseAttr.mtimensec(out, at, stat.modifyNanos);
        FuseAttr.ctimensec(out, at, stat.changeNanos);
        FuseAttr.mode(out, at, stat.mode);
        FuseAttr.nlink(out, at, stat.links);
        FuseAttr.uid(out, at, ids.toHost(stat.uid));
        FuseAttr.gid(out, at, ids.toHost(stat.gid));
        FuseAttr.rdev(out, at, (int) stat.rdev);
        FuseAttr.blksize(out, at, stat.blockSize);
        FuseAttr.flags(out, at, 0);
    }

    int statx(MemorySegment out, int at, CachePolicy policy, Stat stat) {
        out.asSlice(at, FuseStatxOut.SIZE).fill((byte) 0);
        FuseStatxOut.valid(out, at, policy.attributeNanos() / SECOND, (int) (policy.attributeNanos() % SECOND));
        FuseStatxOut.mask(out, at, STATX_BASIC_STATS | STATX_BTIME);
        FuseStatxOut.blksize(out, at, stat.blockSize);
        FuseStatxOut.nlink(out, at, stat.links);
        FuseStatxOut.owner(out, at, ids.toHost(stat.uid), ids.toHost(stat.gid));
        FuseStatxOut.mode(out, at, stat.mode);
        FuseStatxOut.ino(out, at, stat.inode);
        FuseStatxOut.size(out, at, stat.size);
        FuseStatxOut.blocks(out, at, stat.blocks);
        int rdev = (int) stat.rdev;
        FuseStatxOut.rdev(out, at, (rdev >>> 8) & 0xfff, (rdev & 0xff) | ((rdev >>> 12) & 0xfff00));
        FuseStatxOut.time(out, at, FuseStatxOut.ATIME, stat.accessSeconds, stat.accessNanos);
        FuseStatxOut.time(out, at, FuseStatxOut.MTIME, stat.modifySeconds, stat.modifyNanos);
        FuseStatxOut.time(out, at, FuseStatxOut.CTIME, stat.changeSeconds, stat.changeNanos);
        FuseStatxOut.time(out, at, FuseStatxOut.BTIME, stat.birthSeconds, stat.birthNanos);
        return FuseStatxOut.SIZE;
    }
}
