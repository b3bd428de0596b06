package org.caisson.vfs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** A named node of one file system's tree; the file system keeps the tree, this class only what mounts need. */
public abstract class Dentry {
    /** The walk must read a symbolic link. */
    static final int SYMLINK = 1 << 30;
    /** The walk must ask the file system whether the dentry still holds. */
    static final int REVALIDATE = 1 << 29;

    /** The name was removed: nothing is mounted here any more. */
    private static final int GONE = 1 << 28;

    /**
     * A walk cannot go on beneath, or not without a look at the permissions. Not so only of names of directories that everybody may
     * search. Written under the monitor of the inode.
     */
    static final int NOT_OPEN = 1 << 27;

    private static final int MOUNTS = NOT_OPEN - 1;

    private static final VarHandle ATTENTION;

    static {
        try {
            ATTENTION = MethodHandles.lookup().findVarHandle(Dentry.class, "attention", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /**
     * Why a walk cannot simply step on: traits above, and in the low bits how many mounts have this dentry as their
     * mount point, in all namespaces. 0 for the many. The count is written under the mount lock.
     */
    volatile int attention;

    /** The last place made of this dentry. A race only costs a second object: records publish safely. */
    private @Nullable VirtualDentry place;

    /** A plain dentry. */
    protected Dentry() {
        this(0);
    }

    Dentry(int traits) {
        attention = traits;
    }

    /** Whether something is mounted here in some namespace: the fast reject before the mount table is asked. */
    public final boolean isMountPoint() {
        return (attention & MOUNTS) != 0;
    }

    /** Whether a walk must look closer than for mounts and permissions. */
    final boolean hasTraits() {
        return (attention & (SYMLINK | REVALIDATE | GONE)) != 0;
    }

    final int attention() {
        return attention;
    }

    /** Whether walks may go on beneath without a look at the permissions. */
    final void setOpen(boolean open) {
        if (open) {
            ATTENTION.getAndBitwiseAnd(this, ~NOT_OPEN);
        } else {
            ATTENTION.getAndBitwiseOr(this, NOT_OPEN);
        }
    }

    /** Whether the name was removed. */
    final boolean isGone() {
        return (attention & GONE) != 0;
    }

    /** Notes that the name was removed; true if something is mounted here still, which is to be taken off. */
    final boolean markGone() {
        return ((int) ATTENTION.getAndBitwiseOr(this, GONE) & MOUNTS) != 0;
    }

    final void countMounts(int change) {
        ATTENTION.getAndAdd(this, change);
    }

    /** This dentry through a mount; the same object each time as long as one mount is in use. */
    final VirtualDentry through(Mount mount) {
        VirtualDentry known = place;
        if (known != null && known.mount() == mount) {
            return known;
        }
        VirtualDentry made = new VirtualDentry(mount, this);
        place = made;
        return made;
    }
}
