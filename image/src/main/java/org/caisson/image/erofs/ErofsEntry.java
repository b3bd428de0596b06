package org.caisson.image.erofs;

import java.util.Collections;
import java.util.SortedMap;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;

/** What is said of a file besides its names and its data: a mutable struct that callers reuse. */
public final class ErofsEntry {
    /** Type and permissions, see {@link StatMode}. */
    public int mode;

    public int uid;
    public int gid;

    /** The one time that a file has in an image, in seconds since 1970 and nanoseconds. */
    public long seconds;

    public int nanos;

    /** The number of a device, in the kernel's 32-bit encoding (minor low byte, major, minor high). */
    public int device;

    /** Extended attributes by their whole names. */
    public SortedMap<Name, byte[]> attributes = Collections.emptySortedMap();

    /** All zero. */
    public ErofsEntry() {}

    /** Takes over what stat(2) tells, and no attributes. */
    public ErofsEntry describe(Stat stat) {
        mode = stat.mode;
        uid = stat.uid;
        gid = stat.gid;
        seconds = stat.modifySeconds;
        nanos = stat.modifyNanos;
        device = (int) stat.rdev;
        attributes = Collections.emptySortedMap();
        return this;
    }
}
