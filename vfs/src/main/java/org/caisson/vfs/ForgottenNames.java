package org.caisson.vfs;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The dentries of a tree that were taken out of their directories' tables while their names stayed, for as long as anybody still has
 * them: so that a name which is looked up again leads to the same dentry as for who kept it.
 *
 * <p>Their places do not change: before a name is moved or removed it is looked up, and so taken out of here. What is done about one name
 * is done under the monitor of its directory.
 */
final class ForgottenNames {
    /** By themselves, and found by {@link Wanted}. */
    private final ConcurrentHashMap<Object, Forgotten> places = new ConcurrentHashMap<>();

    private final ReferenceQueue<TreeDentry> unused = new ReferenceQueue<>();

    private static int hash(TreeDentry directory, Name name) {
        return 31 * System.identityHashCode(directory) + name.hashCode();
    }

    private static final class Forgotten extends WeakReference<TreeDentry> {
        private final int hash;

        Forgotten(TreeDentry dentry, int hash, ReferenceQueue<TreeDentry> queue) {
            super(dentry, queue);
            this.hash = hash;
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }
    }

    /** A place, equal to what was forgotten there. */
    private record Wanted(TreeDentry directory, Name name) {
        @Override
        public int hashCode() {
            return hash(directory, name);
        }

        @Override
        public boolean equals(Object other) {
            TreeDentry dentry = other instanceof Forgotten forgotten ? forgotten.get() : null;
            return dentry != null
                    && dentry.parent() == directory
                    && dentry.name().equals(name);
        }
    }

    /** Notes a dentry; the monitor of its directory is held. */
    void add(TreeDentry dentry) {
        dropUnused();
        TreeDentry directory = dentry.parent();
        if (directory != null) {
            Forgotten forgotten = new Forgotten(dentry, hash(directory, dentry.name()), unused);
            places.put(forgotten, forgotten);
        }
    }

    /** Takes out the dentry of a name, if it is here; the monitor of its directory is held. */
    @Nullable
    TreeDentry take(TreeDentry directory, Name name) {
        Forgotten forgotten = places.isEmpty() ? null : places.remove(new Wanted(directory, name));
        return forgotten == null ? null : forgotten.get();
    }

    /** Visits those that somebody has. */
    void forEach(Consumer<TreeDentry> visitor) {
        for (Forgotten forgotten : places.values()) {
            TreeDentry dentry = forgotten.get();
            if (dentry != null) {
                visitor.accept(dentry);
            }
        }
    }

    private void dropUnused() {
        Reference<? extends TreeDentry> gone;
        while ((gone = unused.poll()) != null) {
            places.remove(gone);
        }
    }
}
