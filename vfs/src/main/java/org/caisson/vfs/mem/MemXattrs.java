package org.caisson.vfs.mem;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.caisson.linux.Errno;
import org.caisson.vfs.Acl;
import org.caisson.vfs.Name;
import org.jspecify.annotations.Nullable;

/** What few files have: extended attributes and access control lists. Written under the monitor of the inode, as values are read. */
final class MemXattrs {
    static final Name CAPABILITY = Name.of("security.capability");

    private static final int CREATE = 1;
    private static final int REPLACE = 2;

    /** What the kernel counts for an attribute besides its name and value ({@code simple_xattr_space}). */
    private static final int OVERHEAD = 40;

    /** The reverse of how strcmp(3) sorts names, which is the order of the kernel's lists. */
    private static final Comparator<Name> BY_BYTES = (other, one) -> {
        int common = Math.min(one.length(), other.length());
        for (int i = 0; i < common; i++) {
            int difference = Byte.toUnsignedInt(one.byteAt(i)) - Byte.toUnsignedInt(other.byteAt(i));
            if (difference != 0) {
                return difference;
            }
        }
        return one.length() - other.length();
    };

    private final TreeMap<Name, byte[]> values;

    /** Read by walks without a lock. */
    private volatile @Nullable Acl access;

    private volatile @Nullable Acl inherited;

    /** Whether several files or images have this, so that it does not change any more. */
    private boolean frozen;

    MemXattrs() {
        values = new TreeMap<>(BY_BYTES);
    }

    private MemXattrs(MemXattrs original) {
        values = new TreeMap<>(original.values);
        access = original.access;
        inherited = original.inherited;
    }

    /** The same, which may be changed. */
    MemXattrs copy() {
        return new MemXattrs(this);
    }

    /** From now on this is not changed. */
    void freeze() {
        frozen = true;
    }

    boolean isFrozen() {
        return frozen;
    }

    @Nullable
    Acl access() {
        return access;
    }

    void access(@Nullable Acl list) {
        access = list;
    }

    @Nullable
    Acl inherited() {
        return inherited;
    }

    void inherited(@Nullable Acl list) {
        inherited = list;
    }

    byte @Nullable [] get(Name name) {
        return values.get(name);
    }

    boolean hasCapability() {
        return !values.isEmpty() && values.containsKey(CAPABILITY);
    }

    void forEach(Consumer<Name> visitor) {
        values.keySet().forEach(visitor);
    }

    private static long space(Name name, byte[] value) {
        return OVERHEAD + name.length() + (long) value.length;
    }

    /** Sets an attribute; 0 or a negated ENOSPC, EEXIST or ENODATA, in the kernel's order. */
    int set(Space space, Name name, byte[] value, int flags) {
        if (!space.takeXattr(space(name, value))) {
            return -Errno.ENOSPC.number();
        }
        byte[] before = values.get(name);
        boolean exists = before != null;
        int outcome = 0;
        if ((flags & CREATE) != 0 && exists) {
            outcome = -Errno.EEXIST.number();
        } else if ((flags & REPLACE) != 0 && !exists) {
            outcome = -Errno.ENODATA.number();
        }
        if (outcome != 0) {
            space.giveInodeBytes(space(name, value));
            return outcome;
        }
        values.put(name, value);
        if (before != null) {
            space.giveInodeBytes(space(name, before));
        }
        return 0;
    }

    /** Removes an attribute; false if there is none. */
    boolean remove(Space space, Name name) {
        byte[] before = values.remove(name);
        if (before != null) {
            space.giveInodeBytes(space(name, before));
        }
        return before != null;
    }

    /** Gives back the room for all of them. */
    void free(Space space) {
        space.giveInodeBytes(bytes());
    }

    /** What all of them count. */
    long bytes() {
        long bytes = 0;
        for (Map.Entry<Name, byte[]> entry : values.entrySet()) {
            bytes += space(entry.getKey(), entry.getValue());
        }
        return bytes;
    }
}
