package org.caisson.fuse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.caisson.vfs.Mount;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel knows by a node number: a file as seen through one mount, and how often the kernel has looked it up. All hard links
 * of a file are one node, as they are one inode for the kernel: with one page cache, and one set of locks.
 */
final class Node extends SlotTable.Entry {
    /** More lookups than a kernel can forget in a lifetime, and far from overflow. */
    private static final long FOR_EVER = 1L << 62;

    private static final VarHandle LOOKUPS;

    static {
        try {
            LOOKUPS = MethodHandles.lookup().findVarHandle(Node.class, "lookups", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Mount mount;
    private final Object file;

    /** By which name the file was looked up last. A race leaves one of the names; records publish safely. */
    VirtualDentry place;

    /** Of a node whose data goes past us: the kernel's number for the host's file, and how many have it open. Under the monitor. */
    int backingId;

    int backingUsers;

    /** What is open of a plain file. Under the monitor. */
    PlainFiles.@Nullable OfNode plain;

    /** References that the kernel holds. Zero is final: such a node is dead and is never looked up again. */
    private volatile long lookups = 1;

    Node(VirtualDentry place) {
        this.place = place;
        this.mount = place.mount();
        this.file = fileAt(place);
    }

    /** The file at a place, see {@link org.caisson.vfs.FileSystem#identityOf}. */
    static Object fileAt(VirtualDentry place) {
        return place.mount().fileSystem().identityOf(place.dentry());
    }

    /** Counts one more lookup, unless the node is dead. */
    boolean retain() {
        long now = lookups;
        while (now > 0) {
            long seen = (long) LOOKUPS.compareAndExchange(this, now, now + 1);
            if (seen == now) {
                return true;
            }
            now = seen;
        }
        return false;
    }

    /** Takes {@code count} lookups off; true if none is left now and some were before. */
    boolean release(long count) {
        while (true) {
            long now = lookups;
            long left = Long.compareUnsigned(count, now) >= 0 ? 0 : now - count;
            if (now == 0) {
                return false;
            }
            if (LOOKUPS.compareAndSet(this, now, left)) {
                return left == 0;
            }
        }
    }

    /** From now on it is not forgotten. Before it is known. */
    void keep() {
        lookups = FOR_EVER;
    }

    boolean isDead() {
        return lookups == 0;
    }

    long lookups() {
        return lookups;
    }

    boolean isAt(VirtualDentry other) {
        return is(other.mount(), fileAt(other));
    }

    boolean is(Mount otherMount, Object otherFile) {
        return file == otherFile && mount == otherMount;
    }

    /** What is open of a plain file, to be added to. Under the monitor. */
    PlainFiles.OfNode files() {
        PlainFiles.OfNode present = plain;
        if (present == null) {
            present = new PlainFiles.OfNode();
            plain = present;
        }
        return present;
    }

    /** Where to find it in a table. */
    int hash() {
        return hash(mount, file);
    }

    static int hash(Mount mount, Object file) {
        int h = System.identityHashCode(file) * 31 + System.identityHashCode(mount);
        return h ^ h >>> 15;
    }

    /** Remembers the name by which it was looked up. */
    void foundAt(VirtualDentry found) {
        if (place.dentry() != found.dentry()) {
            place = found;
        }
    }
}
