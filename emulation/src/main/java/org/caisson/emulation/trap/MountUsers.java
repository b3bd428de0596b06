package org.caisson.emulation.trap;

import java.io.File;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.Scratch;
import org.caisson.linux.Statx;

/**
 * Whether processes of a mount namespace use a mount: have files of it open, or their working or root directory on it. The
 * kernel counts the same (and more, such as mappings), but does not tell before it has taken the mount off.
 */
final class MountUsers {
    private static final String[] PLACES = {"/cwd", "/root", "/exe"};
    private static final int FLAGS = AtFlags.AT_STATX_DONT_SYNC | AtFlags.AT_NO_AUTOMOUNT;

    private final long mountId;
    private final long mountNamespace;

    private MountUsers(long mountId, long mountNamespace) {
        this.mountId = mountId;
        this.mountNamespace = mountNamespace;
    }

    /**
     * Looks through the processes that we see.
     *
     * @param mountId the mount's number in {@code mountinfo}
     * @param mountNamespace the inode number of the namespace
     */
    static boolean exist(long mountId, long mountNamespace) {
        MountUsers users = new MountUsers(mountId, mountNamespace);
        for (String name : entries("/proc")) {
            if (Character.isDigit(name.charAt(0)) && users.include("/proc/" + name)) {
                return true;
            }
        }
        return false;
    }

    private boolean include(String process) {
        try (Scratch scratch = Scratch.open()) {
            Statx stat = Statx.wrap(scratch.allocate(Statx.SIZE));
            if (!follow(process + "/ns/mnt", stat) || stat.inode() != mountNamespace) {
                return false;
            }
            for (String place : PLACES) {
                if (follow(process + place, stat) && stat.mountId() == mountId) {
                    return true;
                }
            }
            for (String descriptor : entries(process + "/fd")) {
                if (follow(process + "/fd/" + descriptor, stat) && stat.mountId() == mountId) {
                    return true;
                }
            }
            return false;
        }
    }

    /** False if the process, or what it had open, is gone, or belongs to a file system that does not answer us. */
    private static boolean follow(String link, Statx stat) {
        try {
            FileCalls.statx(AtFlags.AT_FDCWD, link, FLAGS, Statx.STATX_BASIC_STATS | Statx.STATX_MNT_ID, stat);
            return true;
        } catch (ErrnoException gone) {
            return false;
        }
    }

    private static String[] entries(String directory) {
        String[] names = new File(directory).list();
        return names == null ? new String[0] : names;
    }
}
