package org.caisson.fuse;

import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/**
 * Serves data by node, where it does not matter by which open file somebody reads or writes. The kernel checks permissions then, and may
 * leave out OPEN and RELEASE (FUSE_NO_OPEN_SUPPORT of {@code <linux/fuse.h>}). Descriptions are opened when data is first asked for, by
 * root, and closed when too many are open or the kernel forgets the node.
 *
 * <p>A file that loses its last name must not be lost to who has it open, which only the kernel knows: it is pinned from before that until
 * the node is forgotten.
 *
 * <p>Lock order: this object's monitor, then a node's. None is held while a description is opened or released.
 */
final class PlainFiles {
    static final int READ = 0;
    static final int READ_QUIETLY = 1;
    static final int WRITE = 2;
    private static final int KINDS = 3;

    /** What the kernel has for a handle where it does not ask to open files. No handle's number is that. */
    static final long NO_HANDLE = 0;

    private static final int MOST_OPEN = 512;

    private static final OpenOptions[] OPTIONS = {
        OpenOptions.READ, new OpenOptions(OpenFlags.O_RDONLY | OpenFlags.O_NOATIME, 0), OpenOptions.READ_WRITE
    };
    private static final OpenOptions PIN = new OpenOptions(OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW, 0);

    private final VirtualFileSystem vfs;
    private final Credentials root = Credentials.root();

    /** The open descriptions in a ring around this one, which is none: the next to be looked at comes after it. Under the monitor. */
    private final Opened ring = new Opened();

    private int open;

    /** Set before any file is opened, if the kernel can move data past us. */
    private volatile @Nullable BackingFiles backing;

    PlainFiles(VirtualFileSystem vfs) {
        this.vfs = vfs;
    }

    /** What is open of one node. Guarded by the node's monitor. */
    static final class OfNode {
        private final @Nullable Opened[] kinds = new Opened[KINDS];
        private @Nullable FileDescription pin;

        /** The one that the kernel's backing file was registered by, and is in use for as long as somebody has that open. */
        @Nullable
        Opened backed;
    }

    /** A description of a node. */
    static final class Opened {
        private final @Nullable Node node;
        private final @Nullable FileDescription description;
        private final int kind;

        /** Requests under way. Guarded by the node's monitor, as is the next. */
        private int uses;

        /** It is the node's no more: who uses it last releases it. */
        private boolean dropped;

        /** Used since it was last looked at. A lost write costs one turn. */
        private boolean usedLately;

        // Guarded by the monitor of PlainFiles.
        private Opened before = this;
        private Opened after = this;

        private Opened() {
            node = null;
            description = null;
            kind = READ;
        }

        private Opened(Node node, FileDescription description, int kind) {
            this.node = node;
            this.description = description;
            this.kind = kind;
        }

        Node node() {
            return present(node);
        }

        FileDescription description() {
            return present(description);
        }

        /** One use more, under the node's monitor. */
        void keep() {
            uses++;
        }

        private static <T> T present(@Nullable T value) {
            if (value == null) {
                throw new IllegalStateException("the ring's own");
            }
            return value;
        }
    }

    void useBacking(BackingFiles files) {
        backing = files;
    }

    /** A description for a kind of use, which is to be given back with {@link #done}. */
    Opened use(Exchange x, Node node, int kind) throws ErrnoException {
        synchronized (node) {
            Opened known = find(node, kind);
            if (known != null) {
                known.uses++;
                known.usedLately = true;
                return known;
            }
        }
        FileDescription made = vfs.open(root, x.path.itself(node.place), OPTIONS[kind]);
        return add(node, made, kind);
    }

    /** A description for a kind of use by the request in the exchange, until {@link Exchange#giveBack}. */
    FileDescription opened(Exchange x, Node node, int kind) throws ErrnoException {
        Opened used = use(x, node, kind);
        x.borrow(used);
        return used.description();
    }

    private static @Nullable Opened find(Node node, int kind) {
        OfNode files = node.plain;
        if (files == null) {
            return null;
        }
        Opened known = files.kinds[kind];
        return known == null && kind == READ ? files.kinds[WRITE] : known;
    }

    /** Takes a description over that was opened for reading and writing, and is in use until {@link #done}. */
    Opened add(Node node, FileDescription made, int kind) {
        Opened opened = new Opened(node, made, kind);
        @Nullable Opened known = null;
        boolean kept = false;
        synchronized (node) {
            opened.uses = 1;
            if (node.isDead()) {
                opened.dropped = true;
            } else {
                OfNode files = node.files();
                known = files.kinds[kind];
                if (known == null) {
                    files.kinds[kind] = opened;
                    kept = true;
                } else {
                    known.uses++;
                }
            }
        }
        if (known != null) {
            made.release();
            return known;
        }
        if (kept) {
            enter(opened);
        }
        return opened;
    }

    /** One that {@link #use} or {@link #add} gave is used no more. */
    void done(Opened opened) {
        boolean last;
        synchronized (opened.node()) {
            last = --opened.uses == 0 && opened.dropped;
        }
        if (last) {
            opened.description().release();
        }
    }

    /** Keeps a file for who has it open, as it is about to lose a name. */
    void pin(Exchange x, Node node) throws ErrnoException {
        synchronized (node) {
            OfNode files = node.plain;
            if (node.isDead() || (files != null && files.pin != null)) {
                return;
            }
        }
        pin(node, vfs.open(root, x.path.itself(node.place), PIN));
    }

    /** The same by a description, which is taken over. */
    void pin(Node node, FileDescription opened) {
        boolean kept = false;
        synchronized (node) {
            if (!node.isDead() && node.files().pin == null) {
                node.files().pin = opened;
                kept = true;
            }
        }
        if (!kept) {
            opened.release();
        }
    }

    /** The kernel knows a node no more, which is dead. */
    void forget(Node node) {
        OfNode files;
        synchronized (node) {
            files = node.plain;
            node.plain = null;
            if (files != null && files.backed != null) {
                // The connection has ended: nobody will say that it is open no more.
                files.backed.uses--;
                node.backingUsers = 0;
            }
        }
        if (files == null) {
            return;
        }
        unregister(node);
        for (Opened opened : files.kinds) {
            if (opened != null) {
                leave(opened);
                drop(opened);
            }
        }
        if (files.pin != null) {
            files.pin.release();
        }
    }

    private void unregister(Node node) {
        BackingFiles files = backing;
        if (files != null) {
            files.closeIdle(node);
        }
    }

    private static void drop(Opened opened) {
        boolean idle;
        synchronized (opened.node()) {
            opened.dropped = true;
            idle = opened.uses == 0;
        }
        if (idle) {
            opened.description().release();
        }
    }

    private void enter(Opened opened) {
        @Nullable Opened victim = null;
        synchronized (this) {
            link(opened);
            open++;
            for (int looks = open; open > MOST_OPEN && looks > 0 && victim == null; looks--) {
                Opened next = ring.after;
                unlink(next);
                if (isDropped(next)) {
                    open--;
                } else if (next != opened && isVictim(next)) {
                    victim = next;
                    open--;
                } else {
                    link(next);
                }
            }
        }
        if (victim != null) {
            unregister(victim.node());
            victim.description().release();
        }
    }

    /** Whether the node was forgotten before its description got here. */
    private static boolean isDropped(Opened opened) {
        synchronized (opened.node()) {
            return opened.dropped;
        }
    }

    /** Takes a description from its node if it is idle; then it is the caller's. */
    private static boolean isVictim(Opened opened) {
        Node node = opened.node();
        synchronized (node) {
            OfNode files = node.plain;
            if (opened.usedLately || opened.uses != 0 || files == null || files.kinds[opened.kind] != opened) {
                opened.usedLately = false;
                return false;
            }
            files.kinds[opened.kind] = null;
            return true;
        }
    }

    private synchronized void leave(Opened opened) {
        if (opened.after != opened) {
            unlink(opened);
            open--;
        }
    }

    private void link(Opened opened) {
        opened.before = ring.before;
        opened.after = ring;
        ring.before.after = opened;
        ring.before = opened;
    }

    private static void unlink(Opened opened) {
        opened.before.after = opened.after;
        opened.after.before = opened.before;
        opened.before = opened;
        opened.after = opened;
    }

    /** How many descriptions are open, pins apart. */
    synchronized int open() {
        return open;
    }
}
