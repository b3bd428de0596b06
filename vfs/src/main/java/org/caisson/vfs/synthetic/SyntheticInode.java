package org.caisson.vfs.synthetic;

import org.caisson.vfs.Inode;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;

/** A node of a synthetic tree as one file system shows it: with an inode number. */
final class SyntheticInode extends Inode {
    private static final long NUMBERS = (1L << 48) - 1;
    private static final long ROOT_NUMBER = 1;
    private static final long LARGEST_BLOCK = 1 << 30;

    private final SyntheticFileSystem fileSystem;

    /** What it shows. Replaced, with the attributes, when a dynamic directory is asked again. */
    private volatile SyntheticNode<?> node;

    /** The moment, of {@link System#nanoTime}, until which a dynamic directory need not be asked again. */
    private volatile long validUntil;

    /** Whether the children of a static directory are in its dentry's table. */
    private volatile boolean populated;

    SyntheticInode(SyntheticFileSystem fileSystem, long number, SyntheticNode<?> node) {
        super(number, node.mode(), node.attributes().uid(), node.attributes().gid());
        this.fileSystem = fileSystem;
        this.node = node;
    }

    static SyntheticInode root(SyntheticFileSystem fileSystem, SyntheticNode<?> node) {
        return new SyntheticInode(fileSystem, ROOT_NUMBER, node);
    }

    /** The number of a child: made of the names on the way, so that it is the same each time. */
    long childNumber(Name name) {
        // FNV-1a over the name, begun with the parent's number
        long hash = 0xCBF29CE484222325L ^ (number() * 0x9E3779B97F4A7C15L);
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ (name.byteAt(i) & 0xFF)) * 0x100000001B3L;
        }
        hash ^= hash >>> 32;
        return Math.max(hash & NUMBERS, ROOT_NUMBER + 1);
    }

    SyntheticNode<?> node() {
        return node;
    }

    /** Shows another node of the same type from now on. */
    void show(SyntheticNode<?> fresh) {
        if (fresh != node) {
            Attributes shown = fresh.attributes();
            attributes(shown.permissions(), shown.uid(), shown.gid());
            node = fresh;
        }
    }

    long validUntil() {
        return validUntil;
    }

    void validUntil(long nanoTime) {
        validUntil = nanoTime;
    }

    boolean isPopulated() {
        return populated;
    }

    void setPopulated() {
        populated = true;
    }

    @Override
    protected void stat(Stat out) {
        out.mode = mode();
        out.inode = number();
        out.links = node instanceof SyntheticDirectory directory ? 2 + directory.subdirectories() : 1;
        out.uid = uid();
        out.gid = gid();
        out.size = node.attributes().size();
        out.blocks = 0;
        // tail(1) seeks in a file that is larger than a block, which no generated text stands.
        long block = Math.min(Long.highestOneBit(out.size), LARGEST_BLOCK);
        out.blockSize = (int) Math.max(fileSystem.manner().statBlockSize(), block);
        out.rdev = 0;
        out.allTimes(fileSystem.birthSeconds(), fileSystem.birthNanos());
    }
}
