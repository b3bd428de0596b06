/**
 * The virtual file system: paths, mounts, credentials and open files, over file systems that plug in.
 *
 * <p>{@link org.caisson.vfs.VirtualFileSystem} is the entry: its operations take {@link org.caisson.vfs.Credentials} and a
 * reusable {@link org.caisson.vfs.PathOperation}. A {@link org.caisson.vfs.FileSystem} drives resolution: it is handed a
 * {@link org.caisson.vfs.ResolvingPath}, walks as far as it reaches, and returns when the walk goes on elsewhere.
 * {@link org.caisson.vfs.TreeFileSystem} is that for trees of dentries in memory.
 *
 * <p>{@link org.caisson.vfs.MountOperations} holds the system calls on mounts and namespaces.
 *
 * <p>A read walk takes no lock and allocates nothing: children tables and the mount table are published by volatile
 * writes and the garbage collector keeps alive what a walk still sees. A sequence number of the tree tells a walk that a
 * rename happened meanwhile, and another one that mounts changed; it then starts again.
 *
 * <p>The name of a directory that everybody may search remembers so, and a walk does not look at its inode. The mark is set only on
 * names in directories, under the guard of the inode's dentries: taken off before the mode forbids, put back after it allows.
 * There is no cache of whole paths: a plain walk takes some four nanoseconds a directory.
 *
 * <p>A tree whose names are kept elsewhere may forget dentries ({@link org.caisson.vfs.RememberedNames}): what nobody has open, nothing is
 * mounted on and has no children is taken out of its directory's table. It is noted by a weak reference, so that while a walk, a watch or a
 * name still has it, the name leads to the very same dentry, and so to the same file.
 *
 * <p>Through a mount with an {@link org.caisson.vfs.IdMapping} it is the caller's ids that are mapped, when the walk comes onto the mount: what a
 * file system compares and keeps are always its own ids, and only what it tells is mapped back.
 *
 * <p>Lock order:
 * <pre>
 * tree's rename lock (RenameSequence)
 *   gate of changes (ChangeGate), where a file system has snapshots
 *     directory (its children table)
 *     guard of an inode's dentries (Inode): beneath it users are only counted; what is kept for them is given back without it
 * mount lock (MountTree), also under a rename lock; nothing of a file system is locked under it
 *   mounts of a file system (SuperBlock)
 * description
 * LockTable, Pipe (see their packages)
 * </pre>
 *
 * <p>Of what may block (reading a pipe, opening a fifo, waiting for a lock) nothing holds a lock of these. A
 * {@link org.caisson.vfs.wait.Interruption} or the thread's own interruption ends it with EINTR; platform and virtual threads wait
 * alike. {@link org.caisson.vfs.FileDescription#listen} is for who does not want to wait.
 */
@NullMarked
package org.caisson.vfs;

import org.jspecify.annotations.NullMarked;
