package org.caisson.runtime.cgroup;

import java.nio.file.Path;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;

/** Gives files of a control group to the container's root. */
final class Ownership {
    private Ownership() {}

    static void change(Path path, long uid, long gid) throws CgroupException {
        try {
            FileCalls.fchownat(AtFlags.AT_FDCWD, path.toString(), (int) uid, (int) gid, AtFlags.AT_SYMLINK_NOFOLLOW);
        } catch (ErrnoException e) {
            throw ControlGroup.cannot("given to the container", path, e);
        }
    }
}
