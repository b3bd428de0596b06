package org.caisson.image.erofs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The SHA-256 digests of the files of an image, in the order in which their data came, and by their content those whose data is in blocks. */
final class FileDigests {
    /** How long a digest is, in bytes. */
    static final int DIGEST = 32;

    private static final int WORDS = DIGEST / Long.BYTES;
    private static final int SMALLEST_TABLE = 64;
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MessageDigest computation;
    private final byte[] digest = new byte[DIGEST];
    private final MemorySegment view = MemorySegment.ofArray(digest);

    private final IntColumn inodes = new IntColumn();
    private final LongColumn words = new LongColumn();

    /** Rows by a hash of their digest, one more than the row; 0 for a free slot. At most half full. */
    private int[] table = new int[SMALLEST_TABLE];

    private int entered;

    FileDigests() {
        try {
            computation = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Begins the data of a file. */
    void begin() {
        computation.reset();
    }

    void update(byte[] bytes, int from, int length) {
        computation.update(bytes, from, length);
    }

    /** Ends the data of a file; returns its row. */
    int end(int inode) {
        try {
            computation.digest(digest, 0, DIGEST);
        } catch (DigestException e) {
            throw new IllegalStateException(e);
        }
        inodes.add(inode);
        for (int i = 0; i < WORDS; i++) {
            words.add(view.get(WORD, (long) i * Long.BYTES));
        }
        return inodes.size() - 1;
    }

    /** The inode of the first file with the content of a row whose data is in blocks; the row's own if there is none yet. */
    int first(int row) {
        if (2 * (entered + 1) > table.length) {
            grow();
        }
        int slot = slot(row);
        if (table[slot] == 0) {
            table[slot] = row + 1;
            entered++;
        }
        return inodes.get(table[slot] - 1);
    }

    /** Where a row is, or has its place. */
    private int slot(int row) {
        int mask = table.length - 1;
        int slot = (int) words.get(row * WORDS) & mask;
        while (table[slot] != 0 && !isSame(table[slot] - 1, row)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private boolean isSame(int one, int other) {
        for (int i = 0; i < WORDS; i++) {
            if (words.get(one * WORDS + i) != words.get(other * WORDS + i)) {
                return false;
            }
        }
        return true;
    }

    private void grow() {
        int[] before = table;
        table = new int[2 * before.length];
        for (int row : before) {
            if (row != 0) {
                table[slot(row - 1)] = row;
            }
        }
    }

    int size() {
        return inodes.size();
    }

    int inode(int row) {
        return inodes.get(row);
    }

    byte[] digest(int row) {
        byte[] whole = new byte[DIGEST];
        MemorySegment target = MemorySegment.ofArray(whole);
        for (int i = 0; i < WORDS; i++) {
            target.set(WORD, (long) i * Long.BYTES, words.get(row * WORDS + i));
        }
        return whole;
    }
}
