package org.caisson.vfs.mem;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.caisson.linux.Errno;
import org.caisson.linux.FileFlags;
import org.caisson.linux.Statx;
import org.caisson.vfs.AccessTimes;
import org.caisson.vfs.Acl;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Inode;
import org.caisson.vfs.Name;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeDentry;
import org.jspecify.annotations.Nullable;

/**
 * A file of a {@link MemFileSystem}. Its attributes change only between {@link #begin} and {@link #end}, under its monitor, which count; they
 * are read without a lock, again and again until the count stays the same.
 */
abstract class MemInode extends Inode {
    private static final int NANOS_BITS = 30;
    private static final int NANOS = (1 << NANOS_BITS) - 1;
    private static final VarHandle CHANGES;

    static {
        try {
            CHANGES = MethodHandles.lookup().findVarHandle(MemInode.class, "changes", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** What new files have of their directory (SHMEM_FL_INHERITED). */
    private static final int INHERITED_FLAGS = FileFlags.FS_NODUMP_FL | FileFlags.FS_NOATIME_FL;

    /** The flags that statx(2) tells of, with the same bits. */
    private static final int TOLD_FLAGS = FileFlags.FS_IMMUTABLE_FL | FileFlags.FS_APPEND_FL | FileFlags.FS_NODUMP_FL;

    final MemFileSystem fileSystem;

    /** Odd while attributes change. */
    private volatile int changes;

    /** Null for the many files that have none. Written under the monitor. */
    private volatile @Nullable MemXattrs xattrs;

    /** The number of the first snapshot that sees the attributes as they are. Under the monitor. */
    private int since;

    /** What older snapshots see, the newest first. Under the monitor. */
    private @Nullable AttributeImage images;

    private int links;

    /** Open descriptions, and -1 once neither names nor users were left. */
    private int users;

    private long accessSeconds;
    private long modifySeconds;
    private long changeSeconds;

    /** Seconds, and in the last {@link #NANOS_BITS} bits nanoseconds. */
    private final long birth;

    private int accessNanos;
    private int modifyNanos;
    private int changeNanos;

    MemInode(MemFileSystem fileSystem, int mode, int uid, int gid, int links) {
        super(fileSystem.nextInode(), mode, uid, gid);
        this.fileSystem = fileSystem;
        this.links = links;
        Instant now = Instant.now();
        accessSeconds = now.getEpochSecond();
        accessNanos = now.getNano();
        modifySeconds = accessSeconds;
        modifyNanos = accessNanos;
        changeSeconds = accessSeconds;
        changeNanos = accessNanos;
        birth = (accessSeconds << NANOS_BITS) | accessNanos;
        since = fileSystem.snapshots().next();
    }

    /** What a snapshot sees of a file of another file system. */
    MemInode(MemFileSystem fileSystem, AttributeImage image) {
        super(image.number, image.mode, image.uid, image.gid);
        this.fileSystem = fileSystem;
        links = image.links;
        AttributeImage.Times times = image.times;
        accessSeconds = times.accessSeconds();
        accessNanos = times.accessNanos();
        modifySeconds = times.modifySeconds();
        modifyNanos = times.modifyNanos();
        changeSeconds = times.changeSeconds();
        changeNanos = times.changeNanos();
        birth = times.birth();
        xattrs = image.xattrs;
        if (image.xattrs != null && image.xattrs.access() != null) {
            permissions(image.mode, true);
        }
        fileFlags(image.fileFlags);
    }

    /** The attributes as a snapshot sees them that is in use. */
    final synchronized AttributeImage attributesAt(int snapshot) {
        if (since <= snapshot) {
            return image(since, snapshot);
        }
        AttributeImage image = images;
        while (image != null && !image.covers(snapshot)) {
            image = image.older;
        }
        if (image == null) {
            throw new IllegalStateException("no image for a snapshot in use");
        }
        return image;
    }

    private AttributeImage image(int first, int last) {
        MemXattrs present = xattrs;
        if (present != null) {
            present.freeze();
        }
        AttributeImage.Times times = new AttributeImage.Times(
                accessSeconds, accessNanos, modifySeconds, modifyNanos, changeSeconds, changeNanos, birth);
        return new AttributeImage(this, times, present, first, last);
    }

    /** Must be called before attributes change, under the monitor: snapshots go on to see what they were. */
    private void beforeChange() {
        int newest = fileSystem.snapshots().newest();
        if (since <= newest) {
            keepImage(newest);
        }
    }

    private void keepImage(int newest) {
        AttributeImage image = image(since, newest);
        if (fileSystem.snapshots().keep(image)) {
            image.older = images;
            images = image;
        }
        since = fileSystem.snapshots().next();
        tellAbove();
    }

    /** Has the directories above, and this one, know that something changes that the newest snapshot sees. */
    private void tellAbove() {
        if (isDirectory() && fileSystem.root().inode() == this) {
            fileSystem.snapshots().changesBeneath(fileSystem.root());
            return;
        }
        List<TreeDentry> changed = new ArrayList<>(1);
        forEachName(name -> changed.add((TreeDentry) name));
        for (TreeDentry name : changed) {
            TreeDentry directory = isDirectory() ? name : name.parent();
            if (directory != null) {
                fileSystem.snapshots().changesBeneath(directory);
            }
        }
    }

    /** Whether two snapshots see the same of this file; {@link Integer#MAX_VALUE} stands for how it is now. */
    boolean isSameFor(int snapshot, int later) {
        synchronized (this) {
            if (since <= snapshot) {
                return true;
            }
            for (AttributeImage image = images; image != null; image = image.older) {
                if (image.covers(snapshot)) {
                    return image.covers(later);
                }
            }
            return false;
        }
    }

    /** Whether neither attributes nor data changed since this was made of an image. */
    final boolean isAsMade() {
        return changes == 0;
    }

    final synchronized void discard(AttributeImage image) {
        if (images == image) {
            images = image.older;
            return;
        }
        for (AttributeImage newer = images; newer != null; newer = newer.older) {
            if (newer.older == image) {
                newer.older = image.older;
            }
        }
    }

    /** The size that stat(2) tells. */
    abstract long size();

    /** The pages of data. */
    long pages() {
        return 0;
    }

    /** What a device node stands for. */
    long device() {
        return 0;
    }

    /** Frees data: nobody will use it any more. Under the monitor. */
    void free() {
        MemXattrs present = xattrs;
        if (present != null) {
            present.free(fileSystem.space());
        }
        fileSystem.space().giveInode(owner());
    }

    /** Whom it counts for. */
    final Owner owner() {
        return new Owner(uid(), gid());
    }

    @Override
    protected final @Nullable Acl accessAcl() {
        MemXattrs present = xattrs;
        return present == null ? null : present.access();
    }

    @Override
    protected final @Nullable Acl defaultAcl() {
        MemXattrs present = xattrs;
        return present == null ? null : present.inherited();
    }

    /** What may be changed: a copy of what others see as well. */
    private MemXattrs xattrsToWrite() {
        MemXattrs present = xattrs;
        if (present == null || present.isFrozen()) {
            present = present == null ? new MemXattrs() : present.copy();
            xattrs = present;
        }
        return present;
    }

    final synchronized byte @Nullable [] xattr(Name name) {
        MemXattrs present = xattrs;
        return present == null ? null : present.get(name);
    }

    final synchronized void forEachXattr(Consumer<Name> visitor) {
        MemXattrs present = xattrs;
        if (present != null) {
            present.forEach(visitor);
        }
    }

    /** Sets an attribute, or removes it if the value is null; 0 or a negated errno. */
    final synchronized int setXattr(Name name, byte @Nullable [] value, int flags) {
        beforeChange();
        int outcome = value != null ? xattrsToWrite().set(fileSystem.space(), name, value, flags) : removeXattr(name);
        if (outcome == 0) {
            changed(Instant.now());
        }
        return outcome;
    }

    private int removeXattr(Name name) {
        return xattrs != null && xattrsToWrite().remove(fileSystem.space(), name) ? 0 : -Errno.ENODATA.number();
    }

    /** Whether a write clears something: set-id bits or file capabilities. */
    final boolean isPrivileged() {
        return AttributeChange.hasSetIds(this) || (xattrs != null && hasCapability());
    }

    private synchronized boolean hasCapability() {
        MemXattrs present = xattrs;
        return present != null && present.hasCapability();
    }

    /** Sets or removes the list that says who may use this, together with the mode that goes with it. */
    final synchronized void setAccessAcl(@Nullable Acl acl, int mode) {
        begin();
        if (acl != null || xattrs != null) {
            xattrsToWrite().access(acl);
        }
        permissions(mode, acl != null);
        setChange(Instant.now());
        end();
    }

    final synchronized void setDefaultAcl(@Nullable Acl acl) {
        beforeChange();
        if (acl != null || xattrs != null) {
            xattrsToWrite().inherited(acl);
        }
        changed(Instant.now());
    }

    /** Gives a new node what its directory has for it. */
    final void inherit(Inode directory) {
        int flags = directory.fileFlags() & INHERITED_FLAGS;
        if (flags != 0) {
            fileFlags(flags);
        }
        Acl inherited = directory instanceof MemInode above ? above.defaultAcl() : null;
        if (inherited == null || isSymlink()) {
            return;
        }
        Acl own = AttributeChange.newAcl(directory, mode());
        synchronized (this) {
            if (own != null) {
                xattrsToWrite().access(own);
                permissions(mode(), true);
            }
            if (isDirectory()) {
                xattrsToWrite().inherited(inherited);
            }
        }
    }

    /** Sets what chattr(1) sets. */
    final synchronized void setFileFlags(int flags) {
        begin();
        fileFlags(flags);
        setChange(Instant.now());
        end();
    }

    private void begin() {
        beforeChange();
        int present = changes;
        CHANGES.setOpaque(this, present + 1);
        VarHandle.fullFence();
    }

    private void end() {
        int present = changes;
        CHANGES.setRelease(this, present + 1);
    }

    /** Data or entries changed: both times become now. */
    final synchronized void modified(Instant now) {
        begin();
        modifySeconds = now.getEpochSecond();
        modifyNanos = now.getNano();
        setChange(now);
        end();
    }

    /** Attributes changed. */
    final synchronized void changed(Instant now) {
        begin();
        setChange(now);
        end();
    }

    private void setChange(Instant now) {
        changeSeconds = now.getEpochSecond();
        changeNanos = now.getNano();
    }

    /** The file was read. */
    final void touch(AccessTimes policy) {
        if (policy == AccessTimes.NEVER || (policy == AccessTimes.RELATIVE && isFresh())) {
            return;
        }
        Instant now = Instant.now();
        int passed = fileSystem.gate().enter();
        try {
            setAccess(now);
        } finally {
            fileSystem.gate().leave(passed);
        }
    }

    private synchronized void setAccess(Instant now) {
        begin();
        accessSeconds = now.getEpochSecond();
        accessNanos = now.getNano();
        end();
    }

    /** Whether the access time is later than the last change and less than a day old. A race costs one update, or delays it. */
    private boolean isFresh() {
        return !AccessTimes.notAfter(accessSeconds, accessNanos, modifySeconds, modifyNanos)
                && !AccessTimes.notAfter(accessSeconds, accessNanos, changeSeconds, changeNanos)
                && !AccessTimes.isDayOld(accessSeconds, System.currentTimeMillis() / 1000);
    }

    /** Takes over what a change of attributes came to, but for the size. */
    final synchronized void apply(AttributeChange change, Instant now) {
        begin();
        if (change.has(SetStat.MODE | SetStat.UID | SetStat.GID)) {
            attributes(change.mode, change.uid, change.gid);
            followMode();
        }
        if (change.dropsCapabilities && hasCapability()) {
            xattrsToWrite().remove(fileSystem.space(), MemXattrs.CAPABILITY);
            setChange(now);
        }
        if (change.has(SetStat.ACCESS_TIME)) {
            accessSeconds = change.accessNow ? now.getEpochSecond() : change.accessSeconds;
            accessNanos = change.accessNow ? now.getNano() : change.accessNanos;
        }
        if (change.has(SetStat.MODIFY_TIME)) {
            modifySeconds = change.modifyNow ? now.getEpochSecond() : change.modifySeconds;
            modifyNanos = change.modifyNow ? now.getNano() : change.modifyNanos;
        }
        if (change.changesTime) {
            setChange(now);
        }
        end();
    }

    /**
     * The same of a change that may be of the owner, who is charged from now on: 0, or a negated EDQUOT if that is more than he may have.
     */
    int applyCharged(AttributeChange change, Credentials caller, Instant now) {
        return applyUnderMonitor(change, caller, now);
    }

    /** The same, with nothing under way that changes how many pages there are. */
    final synchronized int applyUnderMonitor(AttributeChange change, Credentials caller, Instant now) {
        Quotas quotas = fileSystem.space().quotas();
        if (quotas != null && users >= 0 && change.has(SetStat.UID | SetStat.GID)) {
            Owner next = new Owner(change.uid, change.gid);
            boolean exempt = Space.isExempt(caller);
            boolean charged = (isDirectory() && fileSystem.root().inode() == this)
                    ? quotas.transferRoot(owner(), next, exempt)
                    : quotas.transfer(owner(), next, pages(), exempt);
            if (!charged) {
                return -Errno.EDQUOT.number();
            }
        }
        apply(change, now);
        return 0;
    }

    /** Has the access control list say what chmod(2) said. */
    private void followMode() {
        Acl acl = accessAcl();
        if (acl != null) {
            xattrsToWrite().access(acl.withMode(mode()));
        }
    }

    final synchronized int links() {
        return links;
    }

    /** A name or, of a directory, a subdirectory was added. */
    final synchronized void link(Instant now) {
        begin();
        links++;
        setChange(now);
        end();
        if (links == 1) {
            fileSystem.orphans().remove(this);
        }
    }

    /** A subdirectory was removed; the times say so elsewhere. */
    final synchronized void unlinkQuietly() {
        begin();
        links--;
        end();
    }

    /** A name was removed; with the last one the data goes unless somebody uses it. Returns how many names are left. */
    final synchronized int unlink(Instant now) {
        begin();
        links = isDirectory() ? 0 : links - 1;
        setChange(now);
        end();
        if (links == 0) {
            lostLastName();
        }
        return links;
    }

    private void lostLastName() {
        if (users == 0) {
            users = -1;
            free();
        } else {
            fileSystem.orphans().add(this);
        }
    }

    /** Whether a new name may be given: not to what was removed, unless it was made to be named later. */
    final synchronized boolean mayBeLinked() {
        return users >= 0 && (links > 0 || isLinkable());
    }

    /** Whether this was made without a name so that it may get one. */
    boolean isLinkable() {
        return false;
    }

    @Override
    protected final synchronized boolean acquire() {
        if (users < 0) {
            return false;
        }
        users++;
        return true;
    }

    @Override
    protected final synchronized boolean dropUser() {
        users--;
        if (links == 0 && users == 0) {
            users = -1;
            fileSystem.orphans().free(this);
        }
        return false;
    }

    @Override
    protected final boolean countsUsers() {
        return true;
    }

    @Override
    protected final synchronized int users() {
        return Math.max(users, 0);
    }

    @Override
    protected final synchronized boolean isNameless() {
        return links == 0;
    }

    /** Frees data although there are names: nobody comes by them any more. */
    final synchronized void destroy() {
        if (users >= 0) {
            users = -1;
            free();
        }
    }

    /** What extended attributes count. */
    final long xattrBytes() {
        MemXattrs present = xattrs;
        return present == null ? 0 : present.bytes();
    }

    @Override
    protected final void stat(Stat out) {
        while (true) {
            int begun = (int) CHANGES.getAcquire(this);
            if ((begun & 1) == 0) {
                fill(out);
                VarHandle.acquireFence();
                if ((int) CHANGES.getOpaque(this) == begun) {
                    return;
                }
            }
            Thread.onSpinWait();
        }
    }

    private void fill(Stat out) {
        out.inode = number();
        out.mode = mode();
        out.links = links;
        out.uid = uid();
        out.gid = gid();
        out.size = size();
        out.blocks = pages() * (PageStore.PAGE_SIZE / 512);
        out.blockSize = PageStore.PAGE_SIZE;
        out.rdev = device();
        out.accessSeconds = accessSeconds;
        out.accessNanos = accessNanos;
        out.modifySeconds = modifySeconds;
        out.modifyNanos = modifyNanos;
        out.changeSeconds = changeSeconds;
        out.changeNanos = changeNanos;
        out.birthSeconds = birth >> NANOS_BITS;
        out.birthNanos = (int) birth & NANOS;
        if (out.extended) {
            int flags = fileFlags();
            out.mask |= Statx.STATX_BTIME;
            out.attributes |= flags & TOLD_FLAGS;
            out.attributesMask |= TOLD_FLAGS;
        }
    }
}
