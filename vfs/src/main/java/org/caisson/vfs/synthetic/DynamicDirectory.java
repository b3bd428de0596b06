package org.caisson.vfs.synthetic;

import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Name;
import org.jspecify.annotations.Nullable;

/**
 * A directory whose entries are asked for at each lookup, such as one that shows another tree. What was found before is
 * asked for again once the {@link org.caisson.vfs.CachePolicy#entryNanos} of the directory have passed.
 */
public final class DynamicDirectory extends SyntheticNode<DynamicDirectory> {
    /** Knows the entries. Called by many threads; may block. */
    public interface Entries {
        /** The entry of this name, or null if there is none. */
        @Nullable
        SyntheticNode<?> lookup(Credentials credentials, Name name) throws ErrnoException;

        /** Tells all entries but {@code .} and {@code ..}. Called once for each opened directory and rewind. */
        void list(Credentials credentials, EntrySink sink) throws ErrnoException;
    }

    /** Takes the names of entries. */
    @FunctionalInterface
    public interface EntrySink {
        /**
         * One entry.
         *
         * @param type its {@code d_type}, see {@link DirectorySink#typeOf}
         */
        void entry(Name name, int type);
    }

    private static final Attributes DEFAULTS = Attributes.of(0555);

    private final Entries entries;

    private DynamicDirectory(Entries entries, Attributes attributes) {
        super(attributes);
        this.entries = entries;
    }

    /** A directory of mode 0555. */
    public static DynamicDirectory of(Entries entries) {
        return new DynamicDirectory(entries, DEFAULTS);
    }

    Entries entries() {
        return entries;
    }

    @Override
    int type() {
        return StatMode.S_IFDIR;
    }

    @Override
    DynamicDirectory with(Attributes changed) {
        return new DynamicDirectory(entries, changed);
    }
}
