/**
 * The FUSE door: serves a tree of the virtual file system to any Linux process, over {@code /dev/fuse} and without libfuse.
 *
 * <p>A request goes from {@link org.caisson.fuse.Connection} (one read(2)) by way of {@link org.caisson.fuse.Dispatcher} to one of
 * the classes named {@code …Operations}, from there to the {@code vfs}, and its reply back in one write(2). Each thread of
 * {@link org.caisson.fuse.Workers} has one {@link org.caisson.fuse.Exchange} with all it needs, so that the frequent operations
 * allocate nothing. {@link org.caisson.fuse.NodeTable} and {@link org.caisson.fuse.SlotTable} number what the kernel knows.
 *
 * <p>File locks (fcntl(2), flock(2)) are the kernel's own affair: they hold among all processes that use a mount, with the kernel's
 * deadlock detection, but not between two mounts of one tree nor towards a lock that was taken by way of Java. FUSE_GETLK, FUSE_SETLK
 * and FUSE_SETLKW are not negotiated, and answered with ENOSYS.
 *
 * <p>Lock order:
 * <pre>
 * FuseServer
 *   Workers
 *     Backlog
 * NodeTable
 *   SlotTable
 * FuseNotifier
 *   Connection (notifications and closing only)
 * </pre>
 * No lock is held while an operation of the tree runs.
 */
@NullMarked
package org.caisson.fuse;

import org.jspecify.annotations.NullMarked;
