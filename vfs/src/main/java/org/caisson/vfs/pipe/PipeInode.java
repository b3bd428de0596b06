package org.caisson.vfs.pipe;

import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;

/** What a pipe asks of the inode that it belongs to. Called without locks. */
public interface PipeInode {
    /** Fills what fstat(2) tells. */
    void stat(Stat out) throws ErrnoException;

    /** fchmod(2), fchown(2), futimens(3) by someone. */
    void setStat(Credentials caller, SetStat change) throws ErrnoException;

    /** Something was read: the access time moves. */
    default void accessed() {}

    /** Something was written: the modification and change times move. */
    default void modified() {}
}
