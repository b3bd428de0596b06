package org.caisson.vfs.difference;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreePath;
import org.jspecify.annotations.Nullable;

/** Finds the files of the second tree that have a name which has to be linked anew, so that all their names can be told of in order. */
final class LinkScan {
    private LinkScan() {}

    static Set<LinkGroups.FileId> relinked(
            TreeReader first, TreeReader second, KnownFiles known, @Nullable Predicate<TreePath> leftOut)
            throws ErrnoException {
        Set<LinkGroups.FileId> relinked = new HashSet<>();
        LinkGroups groups = new LinkGroups();
        PairWalk walk = new PairWalk(first, second, leftOut);
        if (known.areSame(walk)) {
            return relinked;
        }
        walk.descend(true);
        while (walk.advance()) {
            if (!walk.hasAfter()) {
                continue;
            }
            Stat after = walk.afterStat();
            boolean sameType = walk.hasBefore() && ((walk.beforeStat().mode ^ after.mode) & StatMode.S_IFMT) == 0;
            if (after.isDirectory()) {
                if (!sameType || !known.areSame(walk)) {
                    walk.descend(sameType);
                }
                continue;
            }
            Stat before = sameType ? walk.beforeStat() : null;
            if (LinkGroups.concerns(before, after)
                    && groups.visit(walk, before, after) == LinkGroups.Verdict.FOLLOWS_ANEW) {
                relinked.add(LinkGroups.FileId.of(after));
            }
        }
        return relinked;
    }
}
