package org.caisson.vfs.difference;

import org.caisson.vfs.FileSystem;
import org.caisson.vfs.VirtualDentry;

/** Asks file systems whether files are the same, before anybody looks at them. */
final class KnownFiles {
    private final boolean crossMounts;

    KnownFiles(boolean crossMounts) {
        this.crossMounts = crossMounts;
    }

    /** Whether the two files that a walk stands at are known to be the same, with all beneath. */
    boolean areSame(PairWalk walk) {
        if (crossMounts && walk.afterStat().isDirectory()) {
            // What is mounted beneath may differ.
            return false;
        }
        VirtualDentry before = walk.before();
        VirtualDentry after = walk.after();
        FileSystem first = before.mount().fileSystem();
        FileSystem second = after.mount().fileSystem();
        return first.isKnownSame(before.dentry(), second, after.dentry())
                || second.isKnownSame(after.dentry(), first, before.dentry());
    }

    /** Whether the two regular files that a walk stands at are known to have the same data. */
    static boolean haveSameData(PairWalk walk) {
        VirtualDentry before = walk.before();
        VirtualDentry after = walk.after();
        FileSystem first = before.mount().fileSystem();
        FileSystem second = after.mount().fileSystem();
        return first.isDataKnownSame(before.dentry(), second, after.dentry())
                || second.isDataKnownSame(after.dentry(), first, before.dentry());
    }
}
