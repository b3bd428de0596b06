/**
 * File locks: of processes (POSIX, {@code fcntl(2)} F_SETLK), of open files (F_OFD_SETLK) and whole-file locks ({@code flock(2)}), as
 * {@code fs/locks.c} has them.
 *
 * <p>{@link org.caisson.vfs.lock.OpenFileLocks} is what an open file can do with locks. They are kept in the
 * {@link org.caisson.vfs.lock.LockTable} of its file system, by what stands for the file itself, and the table forgets a file without
 * locks. Locks are advisory. Whoever unlocks gives the lock to those who wait, in the order in which they came, before it goes on.
 *
 * <p>Lock order:
 * <pre>
 * LockTable (one a file system: all that is known of its files' locks)
 *   WaitGraph (one for all: who waits for whom)
 *   what a file system of the host needs to open a file, where its locks are held there too ({@link org.caisson.vfs.lock.OuterLocks})
 * </pre>
 * {@link org.caisson.vfs.lock.LockRequest#completed} is called without any of them.
 */
@NullMarked
package org.caisson.vfs.lock;

import org.jspecify.annotations.NullMarked;
