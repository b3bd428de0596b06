package org.caisson.vfs.difference;

/** In what a file differs that is still the same file. */
public enum Aspect {
    /** Size or content of a regular file. */
    DATA,
    /** Permission bits. */
    MODE,
    /** User or group. */
    OWNER,
    /** The time of the last modification. */
    MODIFY_TIME,
    /** Extended attributes, among which are access control lists and file capabilities. */
    ATTRIBUTES
}
