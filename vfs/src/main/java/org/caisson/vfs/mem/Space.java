package org.caisson.vfs.mem;

import java.util.concurrent.atomic.AtomicLong;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Capability;
import org.caisson.vfs.Credentials;
import org.jspecify.annotations.Nullable;

/**
 * What a file system may use and does, and each of its users: pages, and room for inodes, which is counted in bytes as the kernel does ({@code
 * shmem_reserve_inode}): each inode and each further name of one takes a kilobyte of it, extended attributes what they need. That there is no
 * room at all is said before that somebody has had his share. Outcomes are 0, or a negated ENOSPC or EDQUOT.
 */
final class Space {
    /** What each inode takes (BOGO_INODE_SIZE of {@code mm/shmem.c}). */
    static final int INODE = 1024;

    private static final int NO_ROOM = -Errno.ENOSPC.number();
    private static final int OVER_QUOTA = -Errno.EDQUOT.number();

    /** 0 for no limit. */
    private volatile long maxPages;

    private volatile long maxInodes;

    private final AtomicLong pages = new AtomicLong();
    private final AtomicLong inodeBytes = new AtomicLong();

    /** Null if nobody's use is counted. */
    private final @Nullable Quotas quotas;

    Space(long maxPages, long maxInodes, @Nullable Quotas quotas) {
        this.maxPages = maxPages;
        this.maxInodes = maxInodes;
        this.quotas = quotas;
    }

    /** Of what a snapshot used already. */
    Space(long maxPages, long maxInodes, Snapshot.Usage usage) {
        this(maxPages, maxInodes, usage.quotas() == null ? null : usage.quotas().copy());
        pages.set(usage.pages());
        inodeBytes.set(usage.inodeBytes());
    }

    /** EINVAL if more is in use than limits allow. */
    static void requireRoom(long maxPages, long maxInodes, Snapshot.Usage usage) throws ErrnoException {
        boolean fits = (maxPages == 0 || usage.pages() <= maxPages)
                && (maxInodes == 0 || usage.inodeBytes() <= maxInodes * INODE);
        if (!fits || maxPages < 0 || maxInodes < 0 || maxInodes > Long.MAX_VALUE / INODE) {
            throw Errno.EINVAL.exception();
        }
    }

    long maxPages() {
        return maxPages;
    }

    long maxInodes() {
        return maxInodes;
    }

    long pages() {
        return pages.get();
    }

    long inodeBytes() {
        return inodeBytes.get();
    }

    long freeInodes() {
        return (maxInodes * INODE - inodeBytes.get()) / INODE;
    }

    @Nullable
    Quotas quotas() {
        return quotas;
    }

    /** Whether quotas do not hold for somebody ({@code ignore_hardlimit}). */
    static boolean isExempt(Credentials caller) {
        return caller.has(Capability.SYS_RESOURCE);
    }

    /** Takes some pages for a file of an owner, or none if there are not as many. */
    int takePages(long count, Owner owner, Credentials caller) {
        long most = maxPages;
        if (pages.addAndGet(count) > most && most != 0) {
            pages.addAndGet(-count);
            return NO_ROOM;
        }
        if (quotas != null && !quotas.take(owner, count, 0, isExempt(caller))) {
            pages.addAndGet(-count);
            return OVER_QUOTA;
        }
        return 0;
    }

    void givePages(long count, Owner owner) {
        pages.addAndGet(-count);
        if (quotas != null && count != 0) {
            quotas.give(owner, count, 0);
        }
    }

    /** Takes the room for a new file of an owner. */
    int takeInode(Owner owner, Credentials caller) {
        if (!takeName()) {
            return NO_ROOM;
        }
        if (quotas != null && !quotas.take(owner, 0, 1, isExempt(caller))) {
            giveName();
            return OVER_QUOTA;
        }
        return 0;
    }

    void giveInode(Owner owner) {
        giveName();
        if (quotas != null) {
            quotas.give(owner, 0, 1);
        }
    }

    /** Takes the room for a further name, which counts for nobody. */
    boolean takeName() {
        return takeInodeBytes(INODE, 0);
    }

    void giveName() {
        inodeBytes.addAndGet(-INODE);
    }

    /** The kernel wants a byte more to be free than it takes. */
    boolean takeXattr(long bytes) {
        return takeInodeBytes(bytes, 1);
    }

    private boolean takeInodeBytes(long bytes, long left) {
        long most = maxInodes * INODE;
        if (inodeBytes.addAndGet(bytes) + left <= most || most == 0) {
            return true;
        }
        inodeBytes.addAndGet(-bytes);
        return false;
    }

    void giveInodeBytes(long bytes) {
        inodeBytes.addAndGet(-bytes);
    }

    /** Changes a limit, unless there was none or more is in use. */
    synchronized boolean limitPages(long most) {
        if (most == maxPages) {
            return true;
        }
        if (maxPages == 0 || (most != 0 && pages.get() > most)) {
            return false;
        }
        maxPages = most;
        return true;
    }

    /** Changes a limit, unless there was none or more is in use. */
    synchronized boolean limitInodes(long most) {
        if (most == maxInodes) {
            return true;
        }
        if (maxInodes == 0 || (most != 0 && inodeBytes.get() > most * INODE)) {
            return false;
        }
        maxInodes = most;
        return true;
    }

    /**
     * Changes limits as a remount does ({@code shmem_reconfigure}), all or none; a negative one stays.
     *
     * @param further what speaks against the remount that is said after these; null for nothing
     * @return why not; null if it is done
     */
    synchronized @Nullable String limit(long wantedPages, long wantedInodes, @Nullable String further) {
        if (wantedPages > 0 && maxPages == 0) {
            return "Cannot retroactively limit size";
        }
        if (wantedPages > 0 && pages.get() > wantedPages) {
            return "Too small a size for current use";
        }
        if (wantedInodes > 0 && maxInodes == 0) {
            return "Cannot retroactively limit inodes";
        }
        if (wantedInodes > 0 && wantedInodes * INODE < inodeBytes.get()) {
            return "Too few inodes for current use";
        }
        if (further != null) {
            return further;
        }
        maxPages = wantedPages >= 0 ? wantedPages : maxPages;
        maxInodes = wantedInodes >= 0 ? wantedInodes : maxInodes;
        return null;
    }
}
