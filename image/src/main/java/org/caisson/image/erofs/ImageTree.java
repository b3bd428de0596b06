package org.caisson.image.erofs;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.caisson.linux.StatMode;

/**
 * The tree of an image to be, in columns of numbers: one row for each inode, and one for each name. A name in a directory is found by
 * hashing. Rows are not taken out: an inode without a link and a name without an inode count for nothing.
 */
final class ImageTree {
    /** No inode, and no name. */
    static final int NONE = -1;

    /** The row of the root's inode. */
    static final int ROOT = 0;

    // Bits above the mode.
    private static final int OPAQUE = 1 << 16;
    private static final int IMPURE = 1 << 17;
    private static final int INLINE = 1 << 18;
    private static final int CHUNKED = 1 << 19;
    private static final int ELSEWHERE = 1 << 20;
    private static final int IMPLIED = 1 << 21;
    private static final int LINKED = 1 << 22;

    private static final int SMALLEST_TABLE = 64;
    private static final int MAX_ROWS = 1 << 29;

    private final IntColumn modes = new IntColumn();
    private final IntColumn uids = new IntColumn();
    private final IntColumn gids = new IntColumn();
    private final IntColumn links = new IntColumn();
    private final LongColumn sizes = new LongColumn();
    private final LongColumn seconds = new LongColumn();
    private final IntColumn nanos = new IntColumn();
    private final IntColumn attributes = new IntColumn();

    /** By type: the first block, the device, the number of a list of chunks or of a target; of a directory its first name. */
    private final IntColumn unions = new IntColumn();

    /** Of a directory, the one that it is in. */
    private final IntColumn parents = new IntColumn();

    private final IntColumn nameDirectories = new IntColumn();
    private final IntColumn nameInodes = new IntColumn();
    private final IntColumn nameNexts = new IntColumn();
    private final IntColumn nameTexts = new IntColumn();
    private final NameStore texts = new NameStore();

    /** Names by their hash, one more than the row; 0 for a free slot. At most half full. */
    private int[] table = new int[SMALLEST_TABLE];

    /** Not known to who makes up names. */
    private final long seed = new SplittableRandom().nextLong() | 1;

    ImageTree() {}

    // Inodes.

    int inodes() {
        return modes.size();
    }

    /** A new inode without a name. */
    int addInode(ErofsEntry entry, int attributeSet) throws ErofsFormatException {
        int row = modes.size();
        if (row == MAX_ROWS) {
            throw new ErofsFormatException("there are more than " + MAX_ROWS + " files");
        }
        modes.add(entry.mode & 0xFFFF);
        uids.add(entry.uid);
        gids.add(entry.gid);
        links.add(StatMode.isDirectory(entry.mode) ? 2 : 0);
        sizes.add(0);
        seconds.add(entry.seconds);
        nanos.add(entry.nanos);
        attributes.add(attributeSet);
        unions.add(NONE);
        parents.add(row);
        return row;
    }

    /** Says other things of a directory that is there. */
    void describe(int inode, ErofsEntry entry, int attributeSet) {
        modes.set(inode, (modes.get(inode) & ~(0xFFFF | IMPLIED)) | (entry.mode & 0xFFFF));
        uids.set(inode, entry.uid);
        gids.set(inode, entry.gid);
        seconds.set(inode, entry.seconds);
        nanos.set(inode, entry.nanos);
        attributes.set(inode, attributeSet);
    }

    int mode(int inode) {
        return modes.get(inode) & 0xFFFF;
    }

    boolean isDirectory(int inode) {
        return StatMode.isDirectory(mode(inode));
    }

    int uid(int inode) {
        return uids.get(inode);
    }

    int gid(int inode) {
        return gids.get(inode);
    }

    int links(int inode) {
        return links.get(inode);
    }

    long size(int inode) {
        return sizes.get(inode);
    }

    void size(int inode, long size) {
        sizes.set(inode, size);
    }

    long seconds(int inode) {
        return seconds.get(inode);
    }

    int nanos(int inode) {
        return nanos.get(inode);
    }

    int attributes(int inode) {
        return attributes.get(inode);
    }

    int union(int inode) {
        return unions.get(inode);
    }

    void union(int inode, int value) {
        unions.set(inode, value);
    }

    int parent(int directory) {
        return parents.get(directory);
    }

    private boolean has(int inode, int bit) {
        return (modes.get(inode) & bit) != 0;
    }

    private void mark(int inode, int bit) {
        modes.set(inode, modes.get(inode) | bit);
    }

    /** Whether a directory hides what lower layers have in it. */
    boolean isOpaque(int directory) {
        return has(directory, OPAQUE);
    }

    void markOpaque(int directory) {
        mark(directory, OPAQUE);
    }

    /** Whether a directory has whiteouts. */
    boolean isImpure(int directory) {
        return has(directory, IMPURE);
    }

    void markImpure(int directory) {
        mark(directory, IMPURE);
    }

    /** Whether nothing was said of a directory, which is there because something is in it. */
    boolean isImplied(int directory) {
        return has(directory, IMPLIED);
    }

    void markImplied(int directory) {
        mark(directory, IMPLIED);
    }

    /** Whether some name in the tree is one of a file that a lower layer has; told of the root. */
    boolean isLinked(int directory) {
        return has(directory, LINKED);
    }

    void markLinked(int directory) {
        mark(directory, LINKED);
    }

    /** Whether data, or what of it is not in the blocks of another device, is to be behind the inode. */
    boolean isInline(int inode) {
        return has(inode, INLINE);
    }

    void markInline(int inode) {
        mark(inode, INLINE);
    }

    boolean isChunked(int inode) {
        return has(inode, CHUNKED);
    }

    void markChunked(int inode) {
        mark(inode, CHUNKED);
    }

    /** Whether the blocks of data are in further devices, and counted from the first of them on. */
    boolean isElsewhere(int inode) {
        return has(inode, ELSEWHERE);
    }

    void markElsewhere(int inode) {
        mark(inode, ELSEWHERE);
    }

    /** Whether an inode is in the tree. */
    boolean isLive(int inode) {
        return inode == ROOT || links.get(inode) != 0;
    }

    // Names.

    /** The row of a name in a directory; {@link #NONE} if there is none, nor was. */
    int findName(int directory, byte[] path, int from, int length) {
        int mask = table.length - 1;
        for (int slot = hash(directory, path, from, length) & mask; table[slot] != 0; slot = (slot + 1) & mask) {
            int name = table[slot] - 1;
            if (nameDirectories.get(name) == directory && texts.isSame(nameTexts.get(name), path, from, length)) {
                return name;
            }
        }
        return NONE;
    }

    /** The inode of a name in a directory; {@link #NONE} if there is none. */
    int find(int directory, byte[] path, int from, int length) {
        int name = findName(directory, path, from, length);
        return name == NONE ? NONE : nameInodes.get(name);
    }

    /** The inode that a path leads to, without following links; {@link #NONE} if there is none. */
    int find(ImagePath path) {
        int at = ROOT;
        while (!path.isEmpty() && at != NONE) {
            at = find(at, path.bytes(), path.start(), path.length());
            path.next();
        }
        return at;
    }

    /** Gives an inode a name, which another one may have had. */
    void name(int directory, byte[] path, int from, int length, int inode) throws ErofsFormatException {
        int name = findName(directory, path, from, length);
        if (name == NONE) {
            name = addName(directory, path, from, length);
        }
        int before = nameInodes.get(name);
        if (before == inode) {
            return;
        }
        nameInodes.set(name, inode);
        if (isDirectory(inode)) {
            parents.set(inode, directory);
            links.set(directory, links.get(directory) + 1);
        } else {
            links.set(inode, links.get(inode) + 1);
        }
        if (before != NONE) {
            drop(directory, before);
        }
    }

    /** Takes a name away, if it is there. */
    void unname(int directory, byte[] path, int from, int length) {
        int name = findName(directory, path, from, length);
        if (name != NONE) {
            unname(directory, name);
        }
    }

    private void unname(int directory, int name) {
        int before = nameInodes.get(name);
        if (before != NONE) {
            nameInodes.set(name, NONE);
            drop(directory, before);
        }
    }

    /** Takes all names in a directory away. */
    void empty(int directory) {
        for (int name = unions.get(directory); name != NONE; name = nameNexts.get(name)) {
            unname(directory, name);
        }
    }

    private int addName(int directory, byte[] path, int from, int length) throws ErofsFormatException {
        int name = nameInodes.size();
        if (name == MAX_ROWS) {
            throw new ErofsFormatException("there are more than " + MAX_ROWS + " names");
        }
        int text = texts.add(path, from, length);
        nameDirectories.add(directory);
        nameInodes.add(NONE);
        nameNexts.add(unions.get(directory));
        nameTexts.add(text);
        unions.set(directory, name);
        if (2 * (name + 1) > table.length) {
            rehash();
        } else {
            put(name, hash(directory, path, from, length));
        }
        return name;
    }

    private void put(int name, int hash) {
        int mask = table.length - 1;
        int slot = hash & mask;
        while (table[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        table[slot] = name + 1;
    }

    private void rehash() {
        table = new int[2 * table.length];
        byte[] text = new byte[256];
        for (int name = 0; name < nameInodes.size(); name++) {
            int length = texts.copyTo(nameTexts.get(name), text, 0);
            put(name, hash(nameDirectories.get(name), text, 0, length));
        }
    }

    private int hash(int directory, byte[] path, int from, int length) {
        long hash = (seed ^ directory) * 0x9E3779B97F4A7C15L;
        for (int i = 0; i < length; i++) {
            hash = (hash ^ path[from + i]) * seed;
            hash ^= hash >>> 29;
        }
        return (int) (hash ^ (hash >>> 32));
    }

    /** An inode loses a name, and if it is a directory, so do all beneath. */
    private void drop(int directory, int inode) {
        if (!isDirectory(inode)) {
            links.set(inode, links.get(inode) - 1);
            return;
        }
        links.set(directory, links.get(directory) - 1);
        IntColumn waiting = new IntColumn();
        waiting.add(inode);
        for (int i = 0; i < waiting.size(); i++) {
            int dropped = waiting.get(i);
            links.set(dropped, 0);
            for (int name = unions.get(dropped); name != NONE; name = nameNexts.get(name)) {
                int child = nameInodes.get(name);
                if (child != NONE && isDirectory(child)) {
                    waiting.add(child);
                } else if (child != NONE) {
                    links.set(child, links.get(child) - 1);
                }
            }
        }
    }

    // Directories in order.

    /** Sorts the names of a directory, so that {@link #firstName} and {@link #nextName} give them in the order of their bytes. */
    void sort(int directory) {
        int count = 0;
        for (int name = unions.get(directory); name != NONE; name = nameNexts.get(name)) {
            if (nameInodes.get(name) != NONE) {
                count++;
            }
        }
        int[] names = new int[count];
        int i = 0;
        for (int name = unions.get(directory); name != NONE; name = nameNexts.get(name)) {
            if (nameInodes.get(name) != NONE) {
                names[i++] = name;
            }
        }
        int next = NONE;
        for (int name : NameOrder.sort(names, nameTexts, texts)) {
            nameNexts.set(name, next);
            next = name;
        }
        unions.set(directory, next);
    }

    int firstName(int directory) {
        return unions.get(directory);
    }

    int nextName(int name) {
        return nameNexts.get(name);
    }

    int inodeOf(int name) {
        return nameInodes.get(name);
    }

    int textOf(int name) {
        return nameTexts.get(name);
    }

    NameStore texts() {
        return texts;
    }

    /** The path of a directory, for people. */
    String pathOf(int directory) {
        StringBuilder path = new StringBuilder();
        int at = directory;
        while (at != ROOT) {
            int above = parents.get(at);
            int name = unions.get(above);
            while (name != NONE && nameInodes.get(name) != at) {
                name = nameNexts.get(name);
            }
            byte[] text = name == NONE ? new byte[] {'?'} : texts.get(nameTexts.get(name));
            path.insert(0, "/" + new String(text, StandardCharsets.UTF_8));
            at = above;
        }
        return path.isEmpty() ? "/" : path.toString();
    }
}
