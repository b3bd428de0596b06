package org.caisson.vfs.pipe;

import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;

/** What an open pipe asks of the inode that it belongs to. Called without locks. */
public interface PipeInode {
    /** Fills what fstat(2) tells, all but the mount. */
    void stat(Stat out) throws ErrnoException;

    /** fchmod(2), fchown(2), futimens(3) by someone; the size is not among it. */
    void setStat(FileDescription opened, Credentials caller, SetStat change) throws ErrnoException;

    /** Something was read: the access time moves, if mount and flags let it. */
    default void accessed(FileDescription opened) {}

    /** Something was written: the modification and change times move. */
    default void modified() {}

    /** A description is gone that {@link Pipe#open} returned. */
    default void closed() {}
}
