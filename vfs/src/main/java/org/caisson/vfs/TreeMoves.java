package org.caisson.vfs;

import org.jspecify.annotations.Nullable;

/**
 * Moves dentries of one tree from name to name, so that walks see all as it was before or as it is after. Nothing is changed unless all
 * can be: other threads may make and remove names meanwhile, under the monitors of directories, which are held here until it is done.
 *
 * <p>Two monitors of directories are held at once only here and only under the rename lock, so their order does not matter.
 */
final class TreeMoves {
    private final RenameSequence renames;

    TreeMoves(RenameSequence renames) {
        this.renames = renames;
    }

    /** Moves a dentry to a name that is free, or in place of the one that has it; false if that is not so any more. */
    boolean move(TreeDentry child, TreeDentry newParent, Name newName, @Nullable TreeDentry replaced) {
        renames.lockForMove();
        try {
            TreeDentry oldParent = parentOf(child);
            synchronized (oldParent) {
                synchronized (newParent) {
                    if (oldParent.child(child.name()) != child || newParent.child(newName) != replaced) {
                        return false;
                    }
                    if (replaced == null) {
                        oldParent.detach(child);
                        child.place(newParent, newName);
                        newParent.attach(child);
                    } else {
                        int cookie = replaced.cookie();
                        oldParent.detach(child);
                        newParent.detach(replaced);
                        child.place(newParent, newName);
                        newParent.attach(child, cookie);
                    }
                    return true;
                }
            }
        } finally {
            renames.unlockForMove();
        }
    }

    /** Gives each of two dentries the other's name; false if one is not in its directory any more. */
    boolean exchange(TreeDentry one, TreeDentry other) {
        renames.lockForMove();
        try {
            TreeDentry parent = parentOf(one);
            TreeDentry otherParent = parentOf(other);
            synchronized (parent) {
                synchronized (otherParent) {
                    if (parent.child(one.name()) != one || otherParent.child(other.name()) != other) {
                        return false;
                    }
                    Name name = one.name();
                    Name otherName = other.name();
                    int cookie = one.cookie();
                    int otherCookie = other.cookie();
                    parent.detach(one);
                    otherParent.detach(other);
                    one.place(otherParent, otherName);
                    other.place(parent, name);
                    otherParent.attach(one, otherCookie);
                    parent.attach(other, cookie);
                    return true;
                }
            }
        } finally {
            renames.unlockForMove();
        }
    }

    private static TreeDentry parentOf(TreeDentry dentry) {
        TreeDentry parent = dentry.parent();
        if (parent == null) {
            throw new IllegalArgumentException("a root has no name");
        }
        return parent;
    }
}
