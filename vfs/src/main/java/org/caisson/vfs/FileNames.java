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

    /** Forgets a dentry that is in no directory any more; true if somebody uses it, so that it is an orphan instead. */
    boolean remove(TreeDentry dentry, int all) {
        if (usersOf(dentry, all) != 0) {
            return orphans.add(dentry);
        }
        forget(dentry);
        return false;
    }

    /** Forgets a dentry if it is an orphan that nobody uses any more, and says whether it was. */
    boolean bury(TreeDentry dentry, int all) {
        if (!orphans.contains(dentry) || usersOf(dentry, all) != 0) {
            return false;
        }
        orphans.remove(dentry);
        forget(dentry);
        return true;
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
