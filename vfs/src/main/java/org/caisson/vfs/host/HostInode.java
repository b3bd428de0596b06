package org.caisson.vfs.host;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.caisson.linux.FileFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.linux.Statx;
import org.caisson.vfs.Acl;
import org.caisson.vfs.Inode;
import org.caisson.vfs.Stat;
import org.caisson.vfs.pipe.Pipe;
import org.jspecify.annotations.Nullable;

/**
 * A host file, known by device, inode number and moment of birth, so that all its names share this object and a file that got the number
 * of a removed one does not. Short sections under its monitor order what threads change here; the host is never called in one.
 */
final class HostInode extends Inode {
    private static final VarHandle VERSION;
    private static final VarHandle NAME_CHANGES;
    private static final VarHandle DESCRIPTOR;
    private static final VarHandle USE;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            VERSION = lookup.findVarHandle(HostInode.class, "version", int.class);
            NAME_CHANGES = lookup.findVarHandle(HostInode.class, "nameChanges", int.class);
            USE = lookup.findVarHandle(HostInode.class, "use", int.class);
            DESCRIPTOR = lookup.findVarHandle(HostInode.class, "descriptor", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The flags that statx(2) tells with the same bits. */
    static final int TOLD_FLAGS = FileFlags.FS_IMMUTABLE_FL | FileFlags.FS_APPEND_FL | FileFlags.FS_NODUMP_FL;

    private static final long ONE_USER = 1L << Integer.SIZE;

    /** The last name was removed here. */
    private static final int GONE = 1 << 31;

    /** One use of the descriptor is kept until the last description is released: no name leads to the file any more. */
    private static final int PINNED = 1 << 30;

    private static final int USERS = PINNED - 1;

    private final long hostDevice;

    /** Something is mounted on it, and mounts are not crossed: only that it is there is shown. */
    private final boolean covered;

    /** Increased after each change that is made here. */
    private volatile int version;

    private volatile HostAttributes attributes;

    /** An O_PATH descriptor plus one, or 0, in the low half; how many use it now in the high half. Changed by compare-and-set only. */
    private volatile long descriptor;

    /** For {@link DescriptorCache}: used since the hand last passed. A lost write costs one turn. */
    boolean usedLately;

    /** For {@link DescriptorCache}, under its monitor. */
    boolean inCache;

    /** Open descriptions whose data goes past this file system: attributes change at any time. Written under the monitor. */
    private volatile int bypasses;

    /** The names that are known, most lately found first. Under the monitor. */
    private @Nullable HostDentry aliases;

    /** The open descriptions, most lately opened first. Under the monitor. */
    private @Nullable OpenFile opened;

    /**
     * How many open descriptions of any kind there are, with {@link #GONE} and {@link #PINNED}. Changed by compare-and-set only: users
     * are counted beneath a lock that is taken after the monitor.
     */
    private volatile int use;

    /** Of a directory: grows with each change of its names that is made here. Written under the monitor. */
    private volatile int nameChanges;

    /** Of a symbolic link, once read: a link's target never changes. */
    private volatile byte @Nullable [] target;

    private @Nullable Pipe pipe;

    private final HostFiles files;

    // Written under the monitor, and forgotten together when a list may have become another one.
    private volatile HostAcls.@Nullable Known accessAcl;
    /** Of a directory: whether new files get their permissions from an access control list. */
    private volatile @Nullable Boolean defaultAcl;
    /** How often that was. */
    private volatile int aclChanges;

    HostInode(Statx told, long device, boolean covered, HostFiles files) {
        super(told.inode(), told.mode(), told.uid(), told.gid());
        this.hostDevice = device;
        this.covered = covered;
        this.files = files;
        permissions(told.mode(), mayHaveAcl());
        fileFlags((int) told.attributes() & files.toldFlags());
        this.attributes = HostAttributes.of(told, 0, System.nanoTime());
    }

    static long deviceOf(Statx told) {
        return (long) told.deviceMajor() << Integer.SIZE | Integer.toUnsignedLong(told.deviceMinor());
    }

    long hostDevice() {
        return hostDevice;
    }

    boolean isCovered() {
        return covered;
    }

    /** Whether what the host tells is of this file, and not of another one that got its place or its number. */
    boolean isTold(Statx told) {
        HostAttributes known = attributes;
        boolean born = (told.mask() & Statx.STATX_BTIME) != 0;
        return told.inode() == number()
                && deviceOf(told) == hostDevice
                && (told.mode() & StatMode.S_IFMT) == known.type()
                && (!born || (told.birthSeconds() == known.birthSeconds() && told.birthNanos() == known.birthNanos()));
    }

    /** O_APPEND if the host lets the file be opened for appending alone. */
    int appendFlag() {
        return (fileFlags() & FileFlags.FS_APPEND_FL) != 0 ? OpenFlags.O_APPEND : 0;
    }

    int version() {
        return version;
    }

    /** To be called after the host made a change, so that attributes told before do not count. */
    void changed() {
        VERSION.getAndAdd(this, 1);
    }

    HostAttributes attributes() {
        return attributes;
    }

    /** Whether the attributes hold if such are believed for so long. */
    boolean isFresh(long nanos) {
        HostAttributes known = attributes;
        return known.version() == version
                && bypasses == 0
                && (nanos == Long.MAX_VALUE || System.nanoTime() - known.moment() < nanos);
    }

    /** Takes what the host told, when the version was as given; what changed meanwhile counts more. */
    HostAttributes tell(Statx told, int versionBefore, long moment) {
        HostAttributes fresh = HostAttributes.of(told, versionBefore, moment);
        synchronized (this) {
            if (moment - attributes.moment() < 0) {
                return fresh; // another thread asked later
            }
            boolean other = fresh.permissions() != (mode() & 07777) || fresh.uid() != uid() || fresh.gid() != gid();
            if (other && version == versionBefore) {
                attributes(fresh.permissions(), fresh.uid(), fresh.gid());
            }
            int flags = (int) told.attributes() & files.toldFlags();
            if (flags != fileFlags() && version == versionBefore) {
                fileFlags(flags);
            }
            HostAcls.Known known = accessAcl;
            if (known != null && !files.acls().isExclusive() && !known.isOf(fresh)) {
                aclChanged();
            }
            attributes = fresh;
        }
        return fresh;
    }

    private boolean mayHaveAcl() {
        return !covered && !isSymlink() && !files.acls().areUnsupported();
    }

    @Override
    protected @Nullable Acl accessAcl() {
        return covered ? null : files.acls().access(this);
    }

    HostAcls.@Nullable Known knownAcl() {
        return accessAcl;
    }

    int aclChanges() {
        return aclChanges;
    }

    /** To be called after the host changed a list, or a mode, which is part of one. */
    synchronized void aclChanged() {
        aclChanges = aclChanges + 1;
        accessAcl = null;
        defaultAcl = null;
        permissions(mode(), mayHaveAcl());
    }

    /** Takes over what was read of the list while the count of changes was as given; returns it. */
    @Nullable
    Acl learn(HostAcls.Known known, int changes) {
        synchronized (this) {
            if (aclChanges == changes) {
                accessAcl = known;
                if (known.acl() == null && (files.acls().isExclusive() || known.isOf(attributes))) {
                    permissions(mode(), false);
                }
            }
        }
        return known.acl();
    }

    /** There are no lists where this file is. */
    @Nullable
    Acl learnNone() {
        synchronized (this) {
            permissions(mode(), false);
        }
        return null;
    }

    @Override
    protected void stat(Stat out) {
        fill(out, attributes);
    }

    /** The same of attributes that were just asked for. */
    void fill(Stat out, HostAttributes told) {
        out.inode = number();
        out.device = files.deviceOf(this, out.device);
        told.fill(out);
        if (isGone()) {
            out.links = 0;
        }
    }

    void bypass(int change) {
        synchronized (this) {
            bypasses = bypasses + change;
        }
        changed();
    }

    int nameChanges() {
        return nameChanges;
    }

    /** Of a directory, under its monitor and its dentry's: to be called after the host changed its names. */
    void namesChanged() {
        NAME_CHANGES.getAndAdd(this, 1);
        changed();
    }

    /** Changes {@link #use} unless it is another by now; counts files without a name that are in use. */
    private boolean move(int known, int next) {
        if (!USE.compareAndSet(this, known, next)) {
            return false;
        }
        if (isOrphan(known) != isOrphan(next)) {
            files.countOrphans(isOrphan(next) ? 1 : -1);
        }
        return true;
    }

    private static boolean isOrphan(int use) {
        return (use & GONE) != 0 && (use & USERS) != 0;
    }

    @Override
    protected boolean acquire() {
        while (true) {
            int known = use;
            if ((known & GONE) != 0 && (known & USERS) == 0) {
                return false;
            }
            if (move(known, known + 1)) {
                return true;
            }
        }
    }

    @Override
    protected boolean dropUser() {
        while (true) {
            int known = use;
            int left = known - 1;
            if (move(known, left)) {
                return (left & USERS) == 0 && (left & (GONE | PINNED)) != 0;
            }
        }
    }

    @Override
    protected void unused() {
        int known;
        do {
            known = use;
        } while (!move(known, known & ~PINNED));
        if ((known & PINNED) != 0) {
            letGo();
        }
        DescriptorCache.drop(this);
    }

    @Override
    protected int users() {
        return use & USERS;
    }

    @Override
    protected boolean isNameless() {
        return isGone();
    }

    /** Of a named pipe: its data, which is never the host's. */
    synchronized Pipe pipe() {
        Pipe present = pipe;
        if (present == null) {
            present = new Pipe();
            pipe = present;
        }
        return present;
    }

    /** Whether a description is open that must find the file when its last name is gone. */
    boolean isUsed() {
        return users() != 0;
    }

    boolean isGone() {
        return (use & GONE) != 0;
    }

    /**
     * Notes that the last name was removed, or that a file was made without one.
     *
     * @param kept whether the caller uses the descriptor, and leaves that use to the descriptions
     */
    void lost(boolean kept) {
        boolean pins;
        int known;
        do {
            known = use;
            pins = kept && (known & USERS) != 0 && (known & PINNED) == 0;
        } while (!move(known, known | GONE | (pins ? PINNED : 0)));
        if (pins) {
            return;
        }
        if (kept) {
            letGo();
        }
        DescriptorCache.drop(this);
    }

    /** Leaves a use of the descriptor that the caller has to the descriptions, for no name leads to the file. */
    void pin() {
        boolean pins;
        int known;
        do {
            known = use;
            pins = (known & USERS) != 0 && (known & PINNED) == 0;
        } while (pins && !move(known, known | PINNED));
        if (!pins) {
            letGo();
        }
    }

    /** A file without a name got one. */
    void found() {
        int known;
        do {
            known = use;
        } while (!move(known, known & ~GONE));
    }

    byte @Nullable [] target() {
        return target;
    }

    void target(byte[] bytes) {
        target = bytes;
    }

    @Nullable
    Boolean hasDefaultAcl() {
        return defaultAcl;
    }

    synchronized void hasDefaultAcl(boolean known, int changes) {
        if (aclChanges == changes) {
            defaultAcl = known;
        }
    }

    synchronized void addAlias(HostDentry dentry) {
        removeAlias(dentry);
        dentry.nextAlias = aliases;
        aliases = dentry;
    }

    synchronized void removeAlias(HostDentry dentry) {
        HostDentry before = null;
        for (HostDentry known = aliases; known != null; known = known.nextAlias) {
            if (known == dentry) {
                if (before == null) {
                    aliases = known.nextAlias;
                } else {
                    before.nextAlias = known.nextAlias;
                }
                known.nextAlias = null;
                return;
            }
            before = known;
        }
    }

    /** The name most lately found, or the one after a given one. */
    synchronized @Nullable HostDentry alias(@Nullable HostDentry after) {
        return after == null ? aliases : after.nextAlias;
    }

    synchronized void addOpened(OpenFile file) {
        file.next = opened;
        opened = file;
    }

    synchronized void removeOpened(OpenFile file) {
        OpenFile before = null;
        for (OpenFile known = opened; known != null; known = known.next) {
            if (known == file) {
                if (before == null) {
                    opened = known.next;
                } else {
                    before.next = known.next;
                }
                break;
            }
            before = known;
        }
    }

    /** One of the open descriptions; valid for as long as the monitor is held. */
    @Nullable
    OpenFile anyOpened() {
        return opened;
    }

    /** Takes part in the use of the descriptor, which is not closed before {@link #letGo}; -1 if there is none. */
    int use() {
        while (true) {
            long state = descriptor;
            if ((int) state == 0) {
                return -1;
            }
            if (DESCRIPTOR.compareAndSet(this, state, state + ONE_USER)) {
                usedLately = true;
                return (int) state - 1;
            }
        }
    }

    void letGo() {
        DESCRIPTOR.getAndAdd(this, -ONE_USER);
    }

    /** Gives a descriptor, in use by the caller; false if there is one already. */
    boolean give(int fd) {
        return DESCRIPTOR.compareAndSet(this, 0L, ONE_USER | (fd + 1));
    }

    /** Takes the descriptor away to be closed; -1 if there is none or somebody uses it. */
    int take() {
        long state = descriptor;
        boolean idle = state != 0 && state < ONE_USER;
        return idle && DESCRIPTOR.compareAndSet(this, state, 0L) ? (int) state - 1 : -1;
    }

    boolean hasDescriptor() {
        return (int) descriptor != 0;
    }
}
