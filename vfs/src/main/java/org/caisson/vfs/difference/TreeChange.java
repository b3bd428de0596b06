package org.caisson.vfs.difference;

import java.util.Set;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreePath;
import org.jspecify.annotations.Nullable;

/**
 * One step from the first tree to the second. Changes come in the order of their paths, each directory before what is in it; nothing is
 * told of what is beneath something removed.
 *
 * <p>Before the first change in a directory there is one for the directory itself, if only to say that it stays ({@link Kept}), so
 * that its times can be set when all in it is done. Likewise a file of which some name is new or that is changed comes with all its
 * names in the second tree: by the first of them as a file, by the others as {@link Linked}.
 */
public sealed interface TreeChange {
    /** Where. */
    TreePath path();

    /** A new name of a new file. What is in a directory comes after it, all of it added. */
    record Added(TreePath path, TreeFile file) implements TreeChange {}

    /** A name that is no more, with all beneath it. */
    record Removed(TreePath path, Stat before) implements TreeChange {}

    /**
     * A name of a file that cannot become the new one, because it is of another kind or has other names that stay as they are. What is
     * beneath it is no more; what is in a directory that takes its place comes after it, all of it added.
     */
    record Replaced(TreePath path, Stat before, TreeFile file) implements TreeChange {}

    /** A file that changed in some aspects; in none if only the set of its names did. */
    record Modified(TreePath path, Stat before, TreeFile file, Set<Aspect> aspects) implements TreeChange {}

    /**
     * A further name of a file that was told of before.
     *
     * @param before what the name stood for, which is perhaps the same file already; null for a new name
     * @param target the name by which the file was told of
     */
    record Linked(TreePath path, @Nullable Stat before, TreeFile file, TreePath target) implements TreeChange {}

    /** A directory that itself stays as it is, but in which something changes. */
    record Kept(TreePath path, TreeFile file) implements TreeChange {}
}
