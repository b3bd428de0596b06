package org.caisson.vfs.difference;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Objects;
import java.util.function.Predicate;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreePath;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/**
 * Walks two trees side by side in the order of names, each directory before what is in it. Stands at a name that at least one of
 * the trees has in the present directories.
 */
final class PairWalk {
    private static final Name[] NONE = {};

    private final TreeReader first;
    private final TreeReader second;
    private final @Nullable Predicate<TreePath> leftOut;
    private final Deque<Pair> pairs = new ArrayDeque<>();
    private byte[] path = new byte[256];
    private int length;

    // Where the walk stands; null where there is no file of the name.
    private @Nullable VirtualDentry before;
    private @Nullable VirtualDentry after;
    private Stat beforeStat = new Stat();
    private Stat afterStat = new Stat();
    private boolean beforeTaken;
    private boolean afterTaken;

    /** Two directories of one path, of which the first may be missing, and how far they are done. */
    private static final class Pair {
        final @Nullable VirtualDentry before;
        final VirtualDentry after;
        final Name[] beforeNames;
        final Name[] afterNames;
        final int pathLength;
        int beforeNext;
        int afterNext;

        Pair(
                @Nullable VirtualDentry before,
                VirtualDentry after,
                Name[] beforeNames,
                Name[] afterNames,
                int pathLength) {
            this.before = before;
            this.after = after;
            this.beforeNames = beforeNames;
            this.afterNames = afterNames;
            this.pathLength = pathLength;
        }

        boolean isDone() {
            return beforeNext == beforeNames.length && afterNext == afterNames.length;
        }

        /** Which has the next name: negative for the first directory, positive for the second, 0 for both. */
        int order() {
            if (beforeNext == beforeNames.length) {
                return 1;
            }
            return afterNext == afterNames.length ? -1 : beforeNames[beforeNext].compareTo(afterNames[afterNext]);
        }
    }

    /** Stands at the tops. */
    PairWalk(TreeReader first, TreeReader second, @Nullable Predicate<TreePath> leftOut) throws ErrnoException {
        this.first = first;
        this.second = second;
        this.leftOut = leftOut;
        before = first.top();
        after = second.top();
        first.stat(first.top(), beforeStat);
        second.stat(second.top(), afterStat);
    }

    /** Goes on with what is in the directory of the second tree, and of the first if there is one too, that the walk stands at. */
    void descend(boolean besides) throws ErrnoException {
        VirtualDentry directory = after();
        VirtualDentry other = besides ? before() : null;
        Name[] otherNames = other == null ? NONE : first.list(other);
        pairs.push(new Pair(other, directory, otherNames, second.list(directory), length));
    }

    /** Moves on to the next name; false if there is none. */
    boolean advance() throws ErrnoException {
        while (true) {
            Pair pair = pairs.peek();
            if (pair == null) {
                return false;
            }
            if (pair.isDone()) {
                pairs.pop();
                continue;
            }
            int order = pair.order();
            Name name = order > 0 ? pair.afterNames[pair.afterNext] : pair.beforeNames[pair.beforeNext];
            VirtualDentry directory = pair.before;
            freshStats();
            before = order > 0 || directory == null ? null : look(first, directory, name, beforeStat);
            after = order < 0 ? null : look(second, pair.after, name, afterStat);
            pair.beforeNext += order > 0 ? 0 : 1;
            pair.afterNext += order < 0 ? 0 : 1;
            if (before != null || after != null) {
                enter(pair, name);
                if (leftOut == null || !leftOut.test(path())) {
                    return true;
                }
            }
        }
    }

    private void freshStats() {
        if (beforeTaken) {
            beforeStat = new Stat();
            beforeTaken = false;
        }
        if (afterTaken) {
            afterStat = new Stat();
            afterTaken = false;
        }
    }

    private static @Nullable VirtualDentry look(TreeReader tree, VirtualDentry directory, Name name, Stat out)
            throws ErrnoException {
        VirtualDentry found = tree.find(directory, name);
        if (found != null) {
            tree.stat(found, out);
        }
        return found;
    }

    private void enter(Pair pair, Name name) {
        int start = pair.pathLength == 0 ? 0 : pair.pathLength + 1;
        length = start + name.length();
        if (length > path.length) {
            path = Arrays.copyOf(path, Math.max(length, 2 * path.length));
        }
        if (start != 0) {
            path[start - 1] = '/';
        }
        name.copyTo(MemorySegment.ofArray(path), start);
    }

    /** How many directories there are above where the walk stands, or would if they were gone into. */
    int depth() {
        return pairs.size();
    }

    TreePath path() {
        return TreePath.of(path, length);
    }

    boolean hasBefore() {
        return before != null;
    }

    boolean hasAfter() {
        return after != null;
    }

    VirtualDentry before() {
        return Objects.requireNonNull(before);
    }

    VirtualDentry after() {
        return Objects.requireNonNull(after);
    }

    /** Attributes of the file of the first tree, if there is one, until the walk moves on. */
    Stat beforeStat() {
        return beforeStat;
    }

    /** Attributes of the file of the second tree, if there is one, until the walk moves on. */
    Stat afterStat() {
        return afterStat;
    }

    /** The same, for good. */
    Stat takeBeforeStat() {
        beforeTaken = true;
        return beforeStat;
    }

    /** The same, for good. */
    Stat takeAfterStat() {
        afterTaken = true;
        return afterStat;
    }
}
