package org.caisson.vfs;

import org.caisson.linux.StatMode;

/** Takes the entries of a directory one by one, as getdents(2) hands them out. */
@FunctionalInterface
public interface DirectorySink {
    /**
     * One entry.
     *
     * @param name its name, also {@code .} and {@code ..}
     * @param inode its inode number
     * @param type its {@code d_type}, see {@link DirectorySink#typeOf}
     * @param nextCookie where reading goes on after this entry
     * @return false if there was no room: the entry was not taken and reading stops
     */
    boolean entry(Name name, long inode, int type, long nextCookie);

    /** The {@code d_type} of a mode, as in readdir(3). */
    static int typeOf(int mode) {
        return (mode & StatMode.S_IFMT) >>> 12;
    }
}
