package org.caisson.vfs.difference;

import java.util.function.Predicate;
import org.caisson.vfs.TreePath;
import org.jspecify.annotations.Nullable;

/**
 * What counts as a difference, and how far it is looked for.
 *
 * @param modifyTimes whether a file is different that differs in nothing but the time of its last modification
 * @param crossMounts whether what is mounted in a tree belongs to it; if not, what it covers does
 * @param leftOut what is passed over in both trees, with all beneath; null if nothing is
 */
public record DifferenceOptions(
        boolean modifyTimes, boolean crossMounts, @Nullable Predicate<TreePath> leftOut) {
    /** Times count, mounts do not. */
    public static final DifferenceOptions DEFAULT = new DifferenceOptions(true, false, null);

    public DifferenceOptions withModifyTimes(boolean count) {
        return new DifferenceOptions(count, crossMounts, leftOut);
    }

    public DifferenceOptions withCrossMounts(boolean cross) {
        return new DifferenceOptions(modifyTimes, cross, leftOut);
    }

    /** The same without some files, which are neither told of nor gone into. */
    public DifferenceOptions without(Predicate<TreePath> some) {
        return new DifferenceOptions(modifyTimes, crossMounts, some);
    }
}
