package org.caisson.vfs;

import org.caisson.linux.StatMode;

/**
 * The {@code protected_} settings of proc_sys_fs(5): what may be done in sticky directories with what others left there, so that
 * nobody is led to write where somebody else wants. By default what Debian sets: 1, 1, 2 and 1.
 *
 * @param symlinks 1: links of others in a sticky directory that all may write to are not followed
 * @param hardlinks 1: only files that one owns, or may read and write and that are not special, get another name
 * @param regular 1: O_CREAT does not open files of others in a sticky directory that all may write to; 2: nor where its group may
 * @param fifos the same of named pipes
 */
public record LinkProtection(int symlinks, int hardlinks, int regular, int fifos) {
    public static final LinkProtection DEFAULT = new LinkProtection(1, 1, 2, 1);
    /** What the kernel does before it is told otherwise. */
    public static final LinkProtection OFF = new LinkProtection(0, 0, 0, 0);

    /** Whether a symbolic link at the end of a path may be followed ({@code may_follow_link} of the kernel), EACCES. */
    boolean mayFollow(Credentials credentials, Inode directory, Inode link) {
        int open = StatMode.S_ISVTX | 02;
        return symlinks == 0
                || credentials.uid() == link.uid()
                || (directory.mode() & open) != open
                || directory.uid() == link.uid();
    }

    /** Whether a file may get another name ({@code may_linkat}), EPERM. */
    boolean mayLink(Credentials credentials, Inode file) {
        return hardlinks == 0 || Permissions.mayLink(credentials, file);
    }

    /** Whether O_CREAT may open what is there already ({@code may_create_in_sticky}), EACCES. */
    boolean mayOpenToCreate(Credentials credentials, Inode directory, Inode file) {
        int mode = directory.mode();
        if ((mode & StatMode.S_ISVTX) == 0) {
            return true;
        }
        int level = switch (file.mode() & StatMode.S_IFMT) {
            case StatMode.S_IFREG -> regular;
            case StatMode.S_IFIFO -> fifos;
            default -> 1;
        };
        if (level == 0 || file.uid() == directory.uid() || file.uid() == credentials.uid()) {
            return true;
        }
        return (mode & 02) == 0 && ((mode & 020) == 0 || level < 2);
    }
}
