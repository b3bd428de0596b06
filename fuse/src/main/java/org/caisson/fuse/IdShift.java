package org.caisson.fuse;

/**
 * How ids of the tree are shown to the host: id {@code n} of the tree is {@code base + n} of the host, for {@code size} ids. What
 * lies outside is the overflow id, in both directions (user_namespaces(7)).
 */
record IdShift(long base, long size) {
    static final IdShift NONE = new IdShift(0, 1L << 32);

    private static final int OVERFLOW = 65534;

    IdShift {
        if (base < 0 || size <= 0 || base + size > 1L << 32) {
            throw new IllegalArgumentException("ids " + base + " + " + size + " are not a range of 32-bit ids");
        }
    }

    int toHost(int id) {
        long n = Integer.toUnsignedLong(id);
        return n < size ? (int) (base + n) : OVERFLOW;
    }

    boolean contains(int hostId) {
        long n = Integer.toUnsignedLong(hostId) - base;
        return n >= 0 && n < size;
    }

    int toTree(int hostId) {
        long n = Integer.toUnsignedLong(hostId) - base;
        return n >= 0 && n < size ? (int) n : OVERFLOW;
    }
}
