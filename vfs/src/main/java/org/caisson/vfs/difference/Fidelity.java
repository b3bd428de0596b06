package org.caisson.vfs.difference;

/**
 * What is kept of files that are copied, besides their data, permissions and times.
 *
 * @param owners whether they belong to whom they did; else to who copies
 * @param attributes whether they have the same extended attributes, file capabilities among them; else those that new files get
 * @param setIds whether the bits are kept that have a program run with the rights of its owner or group
 */
public record Fidelity(boolean owners, boolean attributes, boolean setIds) {
    /** Everything. */
    public static final Fidelity ALL = new Fidelity(true, true, true);
}
