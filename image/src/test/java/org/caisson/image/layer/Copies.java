package org.caisson.image.layer;

import org.caisson.linux.ErrnoException;
import org.caisson.vfs.difference.DifferenceOptions;
import org.caisson.vfs.difference.TestTree;
import org.caisson.vfs.difference.TreeDifference;
import org.caisson.vfs.difference.TreeUpdate;

/** Copies trees. */
final class Copies {
    private Copies() {}

    static void copy(TestTree from, TestTree to) throws ErrnoException {
        try (TreeDifference difference =
                TreeDifference.between(to.subtree(), from.subtree(), DifferenceOptions.DEFAULT)) {
            TreeUpdate.apply(difference, to.subtree());
        }
    }
}
