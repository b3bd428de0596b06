package org.caisson.vfs.erofs;

import org.caisson.linux.ErrnoException;

/** Data of an image that may not be in its file yet. Called by every thread that reads data, before it looks. */
@FunctionalInterface
public interface Arrival {
    /**
     * Returns when a range of the file holds what it should.
     *
     * @throws ErrnoException EIO if it cannot be had, EINTR if the thread was interrupted meanwhile
     */
    void await(long position, long length) throws ErrnoException;
}
