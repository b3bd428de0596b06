/**
 * What differs between two directory trees, as a stream of changes that makes a copy of the first into the second.
 *
 * <p>{@link org.caisson.vfs.difference.TreeDifference} walks both trees side by side in the order of their names and hands out one
 * {@link org.caisson.vfs.difference.TreeChange} after the other. It remembers the listings of the directories on the way to where it
 * stands, and what it saw of files with several names. {@link org.caisson.vfs.difference.TreeUpdate} makes such changes to a tree.
 *
 * <p>The trees are to be left alone meanwhile. What is changed nevertheless may be told in its old or its new state; a name that went
 * between its listing and its turn counts as one that was never there.
 *
 * <p>Nothing here is safe for several threads, and there are no locks.
 */
@NullMarked
package org.caisson.vfs.difference;

import org.jspecify.annotations.NullMarked;
