package org.caisson.vfs.mem;

import org.caisson.vfs.TreeDentry;
import org.jspecify.annotations.Nullable;

/** Tells what two file systems have from one of which they are clones, or of which one is a clone of the other, without a look at it. */
final class SharedOrigin {
    /** Instead of a snapshot's number: how a file is now. */
    private static final int NOW = Integer.MAX_VALUE;

    private SharedOrigin() {}

    /** Whether two files are the same, directories with all beneath. */
    static boolean areSame(MemFileSystem one, TreeDentry file, MemFileSystem other, TreeDentry others) {
        Snapshot first = one.beginning();
        Snapshot second = other.beginning();
        if (first != null && first.fileSystem() == other) {
            return isSame(one, file, (MemInode) others.inode(), first.number(), NOW);
        }
        if (second != null && second.fileSystem() == one) {
            return isSame(other, others, (MemInode) file.inode(), second.number(), NOW);
        }
        if (first == null || second == null || first.fileSystem() != second.fileSystem()) {
            return false;
        }
        TreeDentry original = original(other, others);
        int smaller = Math.min(first.number(), second.number());
        int greater = Math.max(first.number(), second.number());
        return original != null && isSame(one, file, (MemInode) original.inode(), smaller, greater);
    }

    /** Whether a clone's file is still one of the original's, which is the same for both. */
    private static boolean isSame(MemFileSystem clone, TreeDentry file, MemInode wanted, int snapshot, int later) {
        TreeDentry original = original(clone, file);
        return original != null && original.inode() == wanted && wanted.isSameFor(snapshot, later);
    }

    /** What a clone's file was made of, if it did not change since; null if it did, or may have beneath. */
    private static @Nullable TreeDentry original(MemFileSystem clone, TreeDentry file) {
        TreeDentry original = MemDentry.originalOf(file);
        MemInode inode = MemFileSystem.inode(file);
        boolean settled = inode.isAsMade() && (clone.isUnchangeable() || !inode.isDirectory());
        return settled ? original : null;
    }

    /** Whether two files have the same pages. */
    static boolean haveSameData(MemFileSystem one, TreeDentry file, MemFileSystem other, TreeDentry others) {
        return one.sharedPages() == other.sharedPages()
                && file.inode() instanceof MemFile first
                && others.inode() instanceof MemFile second
                && first.content().equals(second.content());
    }
}
