package org.caisson.fuse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.caisson.vfs.VirtualDentry;

/** What the kernel knows by a node number: a place in the tree and how often the kernel has looked it up. */
final class Node extends SlotTable.Entry {
    private static final VarHandle LOOKUPS;

    static {
        try {
            LOOKUPS = MethodHandles.lookup().findVarHandle(Node.class, "lookups", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final VirtualDentry place;

    /** References that the kernel holds. Zero is final: such a node is dead and is never looked up again. */
    private volatile long lookups = 1;

    Node(VirtualDentry place) {
        this.place = place;
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

    boolean isDead() {
        return lookups == 0;
    }

    long lookups() {
        return lookups;
    }

    boolean isAt(VirtualDentry other) {
        return place.dentry() == other.dentry() && place.mount() == other.mount();
    }
}
