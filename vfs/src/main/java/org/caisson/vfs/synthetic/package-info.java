/**
 * Trees of generated files such as {@code /proc}.
 *
 * <p>A tree is described by immutable {@link org.caisson.vfs.synthetic.SyntheticNode nodes} (directories, generated and
 * control files, links) and shown by a {@link org.caisson.vfs.synthetic.SyntheticFileSystem}, which makes a dentry of a
 * node when it is first looked up. Nothing can be created or removed through it.
 *
 * <p>Lock order:
 * <pre>
 * description (its snapshot)
 *   directory (its children table)
 * </pre>
 * The callbacks of a file or a dynamic directory run under the lock of the description or under none.
 */
@NullMarked
package org.caisson.vfs.synthetic;

import org.jspecify.annotations.NullMarked;
