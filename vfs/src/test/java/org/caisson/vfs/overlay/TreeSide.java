package org.caisson.vfs.overlay;

import java.util.List;
import org.caisson.linux.ErrnoException;

/** A directory tree on which the same is done in the kernel and in the virtual file system. Paths are relative to its top. */
interface TreeSide {
    /** What stat(2) tells that both sides must agree on, and the number, which only must hold together. */
    record Facts(int mode, int uid, int gid, int links, long size, long rdev, long inode, long modified) {}

    /** An entry of a listing. */
    record Entry(String name, long inode, int type) {}

    /** Does what follows as a user; user 0 has all rights. */
    void actAs(int uid);

    void mkdir(String path, int mode) throws ErrnoException;

    void mknod(String path, int mode, long device) throws ErrnoException;

    void symlink(String target, String path) throws ErrnoException;

    void link(String from, String to) throws ErrnoException;

    void unlink(String path) throws ErrnoException;

    void rmdir(String path) throws ErrnoException;

    void rename(String from, String to, int flags) throws ErrnoException;

    void chmod(String path, int mode) throws ErrnoException;

    /** -1 leaves an id as it is. */
    void chown(String path, int uid, int gid) throws ErrnoException;

    void truncate(String path, long size) throws ErrnoException;

    /** Sets both times to a second. */
    void times(String path, long second) throws ErrnoException;

    /** Opens, writes if there is something to write, and closes. */
    void write(String path, int flags, int mode, long offset, byte[] bytes) throws ErrnoException;

    byte[] read(String path) throws ErrnoException;

    String readlink(String path) throws ErrnoException;

    Facts stat(String path) throws ErrnoException;

    List<Entry> list(String path) throws ErrnoException;

    /** Opens a file and keeps it open in one of a few slots, whose former file is closed. */
    void hold(int slot, String path, int flags, int mode) throws ErrnoException;

    /** What is read from an open file at an offset; EBADF for an empty slot. */
    byte[] readHeld(int slot, long offset, int length) throws ErrnoException;

    /** Writes to an open file at an offset, or at its end if it was opened with O_APPEND. */
    void writeHeld(int slot, long offset, byte[] bytes) throws ErrnoException;

    Facts statHeld(int slot) throws ErrnoException;

    void truncateHeld(int slot, long size) throws ErrnoException;

    void chmodHeld(int slot, int mode) throws ErrnoException;

    long seekHeld(int slot, long offset, int whence) throws ErrnoException;

    void closeAll();

    void setXattr(String path, String name, byte[] value, int flags) throws ErrnoException;

    void removeXattr(String path, String name) throws ErrnoException;

    byte[] getXattr(String path, String name) throws ErrnoException;

    List<String> listXattr(String path) throws ErrnoException;
}
