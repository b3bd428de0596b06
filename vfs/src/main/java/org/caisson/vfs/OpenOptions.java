package org.caisson.vfs;

import org.caisson.linux.OpenFlags;

/**
 * How to open a file, see open(2).
 *
 * @param flags bits of {@link OpenFlags}
 * @param mode permissions of a file that is created, before the umask
 */
public record OpenOptions(int flags, int mode) {
    /** Opens for reading. */
    public static final OpenOptions READ = new OpenOptions(OpenFlags.O_RDONLY, 0);
    /** Opens for writing, creates nothing. */
    public static final OpenOptions WRITE = new OpenOptions(OpenFlags.O_WRONLY, 0);
    /** Opens for both, creates nothing. */
    public static final OpenOptions READ_WRITE = new OpenOptions(OpenFlags.O_RDWR, 0);

    boolean has(int flag) {
        return (flags & flag) == flag;
    }
}
