/**
 * The memory file system (tmpfs): a tree of dentries and inodes on the heap, data in pages of a {@link
 * org.caisson.vfs.mem.PageStore} off it.
 *
 * <p>Lock order, below those of the core:
 * <pre>
 * tree's rename lock
 *   gate of changes (ChangeGate), unless only a user of a file is counted
 *     directory (a dentry's monitor: its table, what is removed, what snapshots see of it)
 *       files with several names of a clone (Origin)
 *         gate excepted, all of the file system that the clone is of: directory, data, inode
 *       data of a file (FileData)
 *         inode (its monitor: attributes, links, users, what snapshots see of them)
 *           files without a name (Orphans)
 *             data of a file that nobody uses
 *               snapshots (Snapshots)
 *                 what users and groups have (Quotas)
 *                 page store
 * </pre>
 *
 * <p>With quotas ({@link org.caisson.vfs.mem.MemQuotas}) each file is charged to its owner and group, as {@code fs/quota/dquot.c} has it: who
 * gives it to another one holds the lock of its data, so that no page comes or goes meanwhile. A snapshot has the use of its moment, and a
 * clone goes on from there by itself, with the same limits.
 *
 * <p>Attributes are read without a lock: an {@link org.caisson.vfs.mem.MemInode} counts its changes, and who reads begins
 * again if the count is odd or has changed.
 *
 * <p>A {@link org.caisson.vfs.mem.Snapshot} is a number. What changes knows the number of the first snapshot that sees it as it is; when it
 * changes and there are snapshots from that one on, it leaves an image of what it was: attributes as a whole ({@code AttributeImage}),
 * entries of directories name by name ({@code EntriesImage}), data as a page table that shares all nodes and pages with the file's
 * ({@code FileData}). Where there is no snapshot, that is one comparison a change.
 * The first change of a file after a snapshot also tells the directories above that something beneath them is new ({@code SubtreeImage}),
 * so that a comparison of two snapshots, or of one and the tree, goes only where something changed.
 *
 * <p>A clone is a file system whose directories have an origin: a directory of the snapshot, where what is not in the table is looked up,
 * once. Pages and nodes of page tables count their holders, and are copied when one of several writes. The limits of each file system
 * count all that its tree shows, shared or not; what only snapshots hold counts nowhere but in the page store. Who maps a page elsewhere
 * by {@code PageStore.descriptor} may read it for as long as the file has it, but must not write to it: others may have it too.
 */
@NullMarked
package org.caisson.vfs.mem;

import org.jspecify.annotations.NullMarked;
