package org.caisson.image.tree;

import java.util.Set;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.difference.Aspect;
import org.caisson.vfs.difference.TreeChange;
import org.caisson.vfs.difference.TreeDifference;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a container to its image, without those that nobody in it made: the places of the file systems that every container
 * has, and the time of the top directory.
 */
public final class ContainerChanges implements AutoCloseable {
    private static final Set<String> PLACES = Set.of("dev", "proc", "sys");
    private static final Set<Aspect> TIME = Set.of(Aspect.MODIFY_TIME);

    private final TreeDifference difference;

    ContainerChanges(TreeDifference difference) {
        this.difference = difference;
    }

    /** The next one, in the order of their paths; null if there is none left. */
    public @Nullable TreeChange next() throws ErrnoException {
        TreeChange change = difference.next();
        while (change != null && isOurs(change)) {
            change = difference.next();
        }
        return change;
    }

    private static boolean isOurs(TreeChange change) {
        if (change.path().isRoot()) {
            return change instanceof TreeChange.Kept
                    || (change instanceof TreeChange.Modified modified
                            && modified.aspects().equals(TIME));
        }
        return change instanceof TreeChange.Added added
                && added.file().stat().isDirectory()
                && PLACES.contains(change.path().toString());
    }

    @Override
    public void close() {
        difference.close();
    }
}
