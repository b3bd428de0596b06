/**
 * The FUSE door: serves a tree of the virtual file system to any Linux process, over {@code /dev/fuse} and without libfuse.
 *
 * <p>A request goes from {@link org.caisson.fuse.Connection} (one read(2)) by way of {@link org.caisson.fuse.Dispatcher} to one of
 * the classes named {@code …Operations}, from there to the {@code vfs}, and its reply back in one write(2). Each thread of
 * {@link org.caisson.fuse.Workers} has one {@link org.caisson.fuse.Exchange} with all it needs, so that the frequent operations
 * allocate nothing. {@link org.caisson.fuse.NodeTable} and {@link org.caisson.fuse.SlotTable} number what the kernel knows.
 *
 * <p>File locks (fcntl(2), flock(2)) are by default the kernel's own affair: they hold among all processes that use a mount, but not
 * between two mounts of one tree nor towards a lock that was taken by way of Java. With {@link
 * org.caisson.fuse.FuseServer.Builder#ownLocks} they are the tree's. A request that waits for one then keeps no thread. Locks of an open
 * file (flock, F_OFD_SETLK) end with RELEASE, which the kernel sends a moment after the last close(2) has returned; F_GETLK names the
 * process that made a lock of F_OFD_SETLK.
 *
 * <p>A server that keeps a {@link org.caisson.fuse.ConnectionLog} may die while others hold its device open: whoever uses the mount waits
 * until another server goes on, which finds nodes by their names again ({@link org.caisson.fuse.KnownNodes}), opens files again ({@link
 * org.caisson.fuse.EarlierHandles}) and has the kernel repeat what was not answered.
 *
 * <p>Lock order:
 * <pre>
 * FuseServer
 *   Workers
 *     Backlog
 * NodeTable
 *   SlotTable
 * ConnectionLog
 * PlainFiles
 *   Node
 * FuseNotifier
 * LockOwners
 * Handle
 * PromptMessages
 * </pre>
 * No lock is held while an operation of the tree runs.
 */
@NullMarked
package org.caisson.fuse;

import org.jspecify.annotations.NullMarked;
