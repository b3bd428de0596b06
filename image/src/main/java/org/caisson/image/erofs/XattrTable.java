package org.caisson.image.erofs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.caisson.vfs.Name;
import org.caisson.vfs.erofs.ErofsLayout;

/** The extended attributes of all files, each kept once, and the sets of them that files have. */
final class XattrTable {
    /** The set of nothing. */
    static final int NOTHING = 0;

    /** What an inode can hold of entries, in bytes ({@code i_xattr_icount}). */
    private static final int MAX_SET = 0xFFFE * Integer.BYTES;

    private static final int MAX_VALUE = 0xFFFF;
    private static final int MAX_SUFFIX = 0xFF;

    /** What the names of one file's attributes may be as long as together ({@code XATTR_LIST_MAX}): listxattr(2) gives no more. */
    private static final int MAX_NAMES = 1 << 16;

    /** More than these of one inode are not named by number ({@code h_shared_count}). */
    private static final int MAX_SHARED = 0xFF;

    private static final int[] INDEXES = {
        ErofsLayout.XATTR_ACL_ACCESS,
        ErofsLayout.XATTR_ACL_DEFAULT,
        ErofsLayout.XATTR_USER,
        ErofsLayout.XATTR_TRUSTED,
        ErofsLayout.XATTR_SECURITY
    };

    /** Bytes that are compared. */
    private static final class Key {
        private final byte[] bytes;

        Key(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && Arrays.equals(bytes, key.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }
    }

    /** The attributes of a set by their numbers, sorted. */
    private record Members(List<Integer> numbers) {}

    private final List<byte[]> entries = new ArrayList<>();
    private final Map<Key, Integer> entryNumbers = new HashMap<>();

    private final List<int[]> sets = new ArrayList<>();
    private final Map<Members, Integer> setNumbers = new HashMap<>();

    /** By entry: how many inodes have it. */
    private int[] uses = {};

    /** By entry: its number among those that are shared; -1 for one that is not. */
    private int[] shared = {};

    XattrTable() {
        sets.add(new int[0]);
        setNumbers.put(new Members(List.of()), NOTHING);
    }

    /** The set of some attributes. */
    int set(String path, SortedMap<Name, byte[]> attributes) throws ErofsFormatException {
        if (attributes.isEmpty()) {
            return NOTHING;
        }
        List<Integer> numbers = new ArrayList<>();
        long names = 0;
        for (Map.Entry<Name, byte[]> attribute : attributes.entrySet()) {
            names += attribute.getKey().length() + 1;
            if (names > MAX_NAMES) {
                throw new ErofsFormatException(
                        path + ": names of extended attributes of more than " + MAX_NAMES + " bytes together");
            }
            numbers.add(number(path, attribute.getKey(), attribute.getValue()));
        }
        return set(path, numbers);
    }

    /** A set with one attribute more, or with another value of it. */
    int with(String path, int set, Name name, byte[] value) throws ErofsFormatException {
        byte[] entry = encode(path, name, value);
        List<Integer> numbers = new ArrayList<>();
        for (int number : sets.get(set)) {
            if (!isSameName(entries.get(number), entry)) {
                numbers.add(number);
            }
        }
        numbers.add(number(entry));
        return set(path, numbers);
    }

    private static boolean isSameName(byte[] one, byte[] other) {
        int length = ErofsLayout.XATTR_ENTRY + (one[0] & 0xFF);
        return one[0] == other[0]
                && one[1] == other[1]
                && Arrays.equals(one, ErofsLayout.XATTR_ENTRY, length, other, ErofsLayout.XATTR_ENTRY, length);
    }

    private int set(String path, List<Integer> numbers) throws ErofsFormatException {
        numbers.sort((one, other) -> compare(entries.get(one), entries.get(other)));
        Members members = new Members(List.copyOf(numbers));
        Integer known = setNumbers.get(members);
        if (known != null) {
            return known;
        }
        int[] added = numbers.stream().mapToInt(Integer::intValue).toArray();
        if (size(added) > MAX_SET) {
            throw new ErofsFormatException(path + ": extended attributes of more than " + MAX_SET + " bytes together");
        }
        sets.add(added);
        setNumbers.put(members, sets.size() - 1);
        return sets.size() - 1;
    }

    /** By the kind of name, then by the rest of it. */
    private static int compare(byte[] one, byte[] other) {
        if (one[1] != other[1]) {
            return one[1] - other[1];
        }
        return Arrays.compareUnsigned(
                one,
                ErofsLayout.XATTR_ENTRY,
                ErofsLayout.XATTR_ENTRY + (one[0] & 0xFF),
                other,
                ErofsLayout.XATTR_ENTRY,
                ErofsLayout.XATTR_ENTRY + (other[0] & 0xFF));
    }

    private int number(String path, Name name, byte[] value) throws ErofsFormatException {
        return number(encode(path, name, value));
    }

    private int number(byte[] entry) {
        Integer known = entryNumbers.putIfAbsent(new Key(entry), entries.size());
        if (known == null) {
            entries.add(entry);
            return entries.size() - 1;
        }
        return known;
    }

    /** {@code struct erofs_xattr_entry}, with zeros up to a multiple of four. */
    private static byte[] encode(String path, Name name, byte[] value) throws ErofsFormatException {
        byte[] whole = name.toByteArray();
        int index = index(whole);
        int prefix = ErofsLayout.prefix(index).length;
        int suffix = whole.length - prefix;
        if (index == 0 || suffix > MAX_SUFFIX || value.length > MAX_VALUE) {
            throw new ErofsFormatException(
                    path + ": an image cannot hold the extended attribute " + name + " of " + value.length + " bytes");
        }
        byte[] entry = new byte[(ErofsLayout.XATTR_ENTRY + suffix + value.length + 3) & -Integer.BYTES];
        entry[0] = (byte) suffix;
        entry[1] = (byte) index;
        entry[2] = (byte) value.length;
        entry[3] = (byte) (value.length >>> Byte.SIZE);
        System.arraycopy(whole, prefix, entry, ErofsLayout.XATTR_ENTRY, suffix);
        System.arraycopy(value, 0, entry, ErofsLayout.XATTR_ENTRY + suffix, value.length);
        return entry;
    }

    /** Whether an attribute is of a kind that images can hold. */
    static boolean isKnown(Name name) {
        return index(name.toByteArray()) != 0;
    }

    private static int index(byte[] name) {
        for (int index : INDEXES) {
            byte[] prefix = ErofsLayout.prefix(index);
            boolean whole = index == ErofsLayout.XATTR_ACL_ACCESS || index == ErofsLayout.XATTR_ACL_DEFAULT;
            boolean starts = name.length >= prefix.length
                    && Arrays.mismatch(prefix, 0, prefix.length, name, 0, prefix.length) < 0;
            if (starts && (whole ? name.length == prefix.length : name.length > prefix.length)) {
                return index;
            }
        }
        return 0;
    }

    private int size(int[] set) {
        int size = 0;
        for (int number : set) {
            size += entries.get(number).length;
        }
        return size;
    }

    /** The most bytes that a set takes behind an inode. */
    int largestSize(int set) {
        return set == NOTHING ? 0 : ErofsLayout.XATTR_HEADER + size(sets.get(set));
    }

    // When all files are known.

    /** Counts one file of a set, before {@link #share}. */
    void count(int set) {
        if (uses.length < entries.size()) {
            uses = Arrays.copyOf(uses, entries.size());
        }
        for (int number : sets.get(set)) {
            uses[number]++;
        }
    }

    /** Decides what is shared: what more than one file has and is longer than a number. Returns the bytes of all that is. */
    List<byte[]> share() {
        uses = Arrays.copyOf(uses, entries.size());
        shared = new int[entries.size()];
        List<byte[]> chosen = new ArrayList<>();
        int next = 0;
        for (int number = 0; number < shared.length; number++) {
            byte[] entry = entries.get(number);
            if (uses[number] > 1 && entry.length > Integer.BYTES) {
                shared[number] = next;
                next += entry.length / Integer.BYTES;
                chosen.add(entry);
            } else {
                shared[number] = -1;
            }
        }
        return chosen;
    }

    /** How many members of a set, from its first on, are to be looked at for those that are named by number: all behind are not. */
    private int sharing(int[] set) {
        int count = 0;
        for (int i = 0; i < set.length; i++) {
            if (shared[set[i]] >= 0 && ++count == MAX_SHARED) {
                return i + 1;
            }
        }
        return set.length;
    }

    /** What a set takes behind an inode, in bytes. */
    int sizeOf(int set) {
        if (set == NOTHING) {
            return 0;
        }
        int[] members = sets.get(set);
        int sharing = sharing(members);
        int size = ErofsLayout.XATTR_HEADER;
        for (int i = 0; i < members.length; i++) {
            boolean byNumber = i < sharing && shared[members[i]] >= 0;
            size += byNumber ? Integer.BYTES : entries.get(members[i]).length;
        }
        return size;
    }

    /** Writes what follows an inode. */
    void write(int set, MetadataBuffer out) {
        if (set == NOTHING) {
            return;
        }
        int[] members = sets.get(set);
        int sharing = sharing(members);
        int count = 0;
        for (int i = 0; i < sharing; i++) {
            if (shared[members[i]] >= 0) {
                count++;
            }
        }
        out.u32(0);
        out.u8(count);
        out.zeros(ErofsLayout.XATTR_HEADER - ErofsLayout.XATTR_SHARED_COUNT - 1);
        for (int i = 0; i < sharing; i++) {
            if (shared[members[i]] >= 0) {
                out.u32(shared[members[i]]);
            }
        }
        for (int i = 0; i < members.length; i++) {
            if (i >= sharing || shared[members[i]] < 0) {
                out.bytes(entries.get(members[i]));
            }
        }
    }
}
