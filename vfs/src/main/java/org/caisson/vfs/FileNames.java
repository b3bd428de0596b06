package org.caisson.vfs;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The dentries of a file that has or had more than one, or is used though its name is gone, and how many users came by each: the
 * kernel's {@code i_dentry} and {@code d_count}. Guarded as the inode's.
 */
final class FileNames {
    /** All users that are not counted at another dentry came by this one. */
    private @Nullable TreeDentry first;

    private final Map<TreeDentry, Users> others = new LinkedHashMap<>();

    /** Dentries in no directory that somebody uses, which keep the directories that they were in. */
    private final Set<TreeDentry> orphans = new HashSet<>();

    private static final class Users {
        int count;
    }

    FileNames(TreeDentry first) {
        this.first = first;
    }

    void add(TreeDentry dentry) {
        if (dentry != first) {
            others.computeIfAbsent(dentry, key -> new Users());
        }
    }

    /**
     * Forgets a dentry that is in no directory any more, unless somebody uses it: then it is an orphan, if it keeps its parent, or nothing is
     * done.
     *
     * @return whether nobody uses it
     */
    boolean remove(TreeDentry dentry, int all, boolean keepsParent) {
        if (usersOf(dentry, all) == 0) {
            forget(dentry);
            return true;
        }
        if (keepsParent) {
            orphans.add(dentry);
        }
        return false;
    }

    /**
     * Counts a user less, of a dentry or of none in particular, and forgets an orphan that has none any more.
     *
     * @param all how many there are then
     * @return the orphan; null if it is none, or has others
     */
    @Nullable
    TreeDentry release(@Nullable TreeDentry by, int all) {
        TreeDentry counted = by == null ? first : by;
        if (counted == null) {
            return null;
        }
        count(counted, -1);
        if (usersOf(counted, all) != 0 || !orphans.remove(counted)) {
            return null;
        }
        forget(counted);
        return counted;
    }

    private void forget(TreeDentry dentry) {
        others.remove(dentry);
        if (dentry == first) {
            first = null;
        }
    }

    void count(TreeDentry dentry, int change) {
        Users users = others.get(dentry);
        if (users != null) {
            users.count += change;
        }
    }

    /** How many users came by a dentry. */
    int usersOf(TreeDentry dentry, int all) {
        Users users = others.get(dentry);
        if (users != null) {
            return users.count;
        }
        int counted = 0;
        for (Users other : others.values()) {
            counted += other.count;
        }
        return dentry == first ? all - counted : 0;
    }

    void forEach(Consumer<TreeDentry> visitor) {
        if (first != null) {
            visitor.accept(first);
        }
        others.keySet().forEach(visitor);
    }
}
