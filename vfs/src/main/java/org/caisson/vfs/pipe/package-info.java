/**
 * Pipes, with and without a name, as {@code fs/pipe.c} has them.
 *
 * <p>A file system keeps a {@link org.caisson.vfs.pipe.Pipe} with each inode of a fifo, made when that is first opened, and opens the
 * fifo by {@link org.caisson.vfs.pipe.Pipe#open}. {@link org.caisson.vfs.pipe.Pipes} makes pipes without a name.
 *
 * <p>Lock order: the monitor of a pipe is taken last; nobody sleeps, is woken up for readiness, or asks the file system with it held.
 */
@NullMarked
package org.caisson.vfs.pipe;

import org.jspecify.annotations.NullMarked;
