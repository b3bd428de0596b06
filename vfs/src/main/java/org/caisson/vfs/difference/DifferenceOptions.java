package org.caisson.vfs.difference;

/**
 * What counts as a difference, and how far it is looked for.
 *
 * @param modifyTimes whether a file is different that differs in nothing but the time of its last modification
 * @param crossMounts whether what is mounted in a tree belongs to it; if not, what it covers does
 */
public record DifferenceOptions(boolean modifyTimes, boolean crossMounts) {
    /** Times count, mounts do not. */
    public static final DifferenceOptions DEFAULT = new DifferenceOptions(true, false);

    public DifferenceOptions withModifyTimes(boolean count) {
        return new DifferenceOptions(count, crossMounts);
    }

    public DifferenceOptions withCrossMounts(boolean cross) {
        return new DifferenceOptions(modifyTimes, cross);
    }
}
