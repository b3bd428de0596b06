/**
 * Who wants to know what happens to files: {@link org.caisson.vfs.notify.Inotify}, which is inotify(7) as the kernel has it, and {@link
 * org.caisson.vfs.notify.ChangeFeed}, which tells all changes of a subtree exactly and in order.
 *
 * <p>A file system that nobody watches has no observer, and its operations look at nothing else. With the first watch or feed it gets a
 * {@link org.caisson.vfs.notify.Notifier}, with the end of the last one it loses it.
 *
 * <p>Lock order, the first two only on the way to a change and never on the way to a watch:
 * <pre>
 * activation of the first feed (ChangeLog)
 *   tree's rename lock
 *     directory
 *       data and attributes of a file
 *         order of changes (ChangeLog)
 *           inotify instance, change feed
 *             users of a notifier, accounts
 * </pre>
 */
@NullMarked
package org.caisson.vfs.notify;

import org.jspecify.annotations.NullMarked;
