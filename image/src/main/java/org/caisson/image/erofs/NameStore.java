package org.caisson.image.erofs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Keeps the bytes of names, each behind its length, in large arrays. A name is known by a number. */
final class NameStore {
    private static final int PAGE_BITS = 20;
    private static final int PAGE = 1 << PAGE_BITS;
    private static final int MAX_PAGES = 1 << (Integer.SIZE - PAGE_BITS);

    private final List<byte[]> pages = new ArrayList<>();

    /** How much of the last page is taken. */
    private int used = PAGE;

    NameStore() {}

    /** Keeps a name of 1 to 255 bytes. */
    int add(byte[] path, int from, int length) throws ErofsFormatException {
        if (used + 1 + length > PAGE) {
            if (pages.size() == MAX_PAGES) {
                throw new ErofsFormatException("the names are more than 4 GiB");
            }
            pages.add(new byte[PAGE]);
            used = 0;
        }
        byte[] page = pages.getLast();
        int number = ((pages.size() - 1) << PAGE_BITS) | used;
        page[used] = (byte) length;
        System.arraycopy(path, from, page, used + 1, length);
        used += 1 + length;
        return number;
    }

    private byte[] page(int number) {
        return pages.get(number >>> PAGE_BITS);
    }

    private static int offset(int number) {
        return number & (PAGE - 1);
    }

    int length(int number) {
        return page(number)[offset(number)] & 0xFF;
    }

    boolean isSame(int number, byte[] path, int from, int length) {
        byte[] page = page(number);
        int at = offset(number);
        return (page[at] & 0xFF) == length && Arrays.equals(page, at + 1, at + 1 + length, path, from, from + length);
    }

    /** Copies a name; returns its length. */
    int copyTo(int number, byte[] target, int at) {
        int length = length(number);
        System.arraycopy(page(number), offset(number) + 1, target, at, length);
        return length;
    }

    /** Compares two names as unsigned bytes. */
    int compare(int one, int other) {
        byte[] page = page(one);
        int at = offset(one) + 1;
        byte[] otherPage = page(other);
        int otherAt = offset(other) + 1;
        return Arrays.compareUnsigned(page, at, at + length(one), otherPage, otherAt, otherAt + length(other));
    }

    int compare(int one, byte[] other) {
        int at = offset(one) + 1;
        return Arrays.compareUnsigned(page(one), at, at + length(one), other, 0, other.length);
    }

    /** The first eight bytes, so that unsigned comparison of two gives the order of the names as far as they differ there. */
    long key(int number) {
        byte[] page = page(number);
        int at = offset(number) + 1;
        int length = length(number);
        long key = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            key = (key << Byte.SIZE) | (i < length ? page[at + i] & 0xFF : 0);
        }
        return key;
    }

    byte[] get(int number) {
        int at = offset(number) + 1;
        return Arrays.copyOfRange(page(number), at, at + length(number));
    }
}
