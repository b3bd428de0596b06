package org.caisson.vfs.synthetic;

import java.util.LinkedHashMap;
import java.util.Map;
import org.caisson.linux.StatMode;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.Name;
import org.jspecify.annotations.Nullable;

/** A directory whose entries are known beforehand. */
public final class SyntheticDirectory extends SyntheticNode<SyntheticDirectory> {
    private static final Attributes DEFAULTS = Attributes.of(0555);

    /** In the order in which they are listed. Never changed after construction. */
    private final Map<Name, SyntheticNode<?>> entries;

    private final int subdirectories;

    private SyntheticDirectory(Map<Name, SyntheticNode<?>> entries, Attributes attributes) {
        super(attributes);
        this.entries = entries;
        this.subdirectories = countDirectories(entries);
    }

    private static int countDirectories(Map<Name, SyntheticNode<?>> entries) {
        int count = 0;
        for (SyntheticNode<?> node : entries.values()) {
            if (node.type() == StatMode.S_IFDIR) {
                count++;
            }
        }
        return count;
    }

    /** A directory of mode 0555. */
    public static Builder builder() {
        return new Builder();
    }

    @Nullable
    SyntheticNode<?> entry(Name name) {
        return entries.get(name);
    }

    Map<Name, SyntheticNode<?>> entries() {
        return entries;
    }

    /** How many of the entries are directories: each adds a link to its parent. */
    int subdirectories() {
        return subdirectories;
    }

    @Override
    int type() {
        return StatMode.S_IFDIR;
    }

    @Override
    SyntheticDirectory with(Attributes changed) {
        return new SyntheticDirectory(entries, changed);
    }

    /** Collects the entries of a directory. */
    public static final class Builder {
        private final Map<Name, Object> entries = new LinkedHashMap<>();
        private Attributes attributes = DEFAULTS;

        private Builder() {}

        /** Adds an entry. */
        public Builder add(String name, SyntheticNode<?> node) {
            Name key = Name.of(name);
            if (key.length() == 0
                    || key.length() > Name.MAX
                    || name.indexOf('/') >= 0
                    || key.equals(Name.DOT)
                    || key.equals(Name.DOT_DOT)) {
                throw new IllegalArgumentException("not a file name: " + name);
            }
            if (entries.putIfAbsent(key, node) != null) {
                throw new IllegalArgumentException("entry exists already: " + name);
            }
            return this;
        }

        /** Adds a generated file of mode 0444. */
        public Builder file(String name, GeneratedFile.Content content) {
            return add(name, GeneratedFile.of(content));
        }

        /** Adds a control file of mode 0644. */
        public Builder control(String name, GeneratedFile.Content content, ControlFile.Command command) {
            return add(name, ControlFile.of(content, command));
        }

        /** Adds a symbolic link. */
        public Builder link(String name, String target) {
            return add(name, SyntheticLink.to(target));
        }

        /** The builder of a directory below this one, made if it is not there: trees grow from several places. */
        public Builder directory(String name) {
            Name key = Name.of(name);
            Object present = entries.get(key);
            if (present instanceof Builder builder) {
                return builder;
            }
            if (present != null) {
                throw new IllegalArgumentException("entry exists already: " + name);
            }
            add(name, EMPTY);
            Builder builder = new Builder();
            entries.put(key, builder);
            return builder;
        }

        /** Sets the permissions of the directory. */
        public Builder mode(int permissions) {
            attributes = new Attributes(
                    permissions, attributes.uid(), attributes.gid(), attributes.size(), attributes.cachePolicy());
            return this;
        }

        /** Sets the owner of the directory. */
        public Builder owner(int uid, int gid) {
            attributes =
                    new Attributes(attributes.permissions(), uid, gid, attributes.size(), attributes.cachePolicy());
            return this;
        }

        /** Sets how long doors may remember the directory. */
        public Builder cachePolicy(CachePolicy policy) {
            attributes = new Attributes(
                    attributes.permissions(), attributes.uid(), attributes.gid(), attributes.size(), policy);
            return this;
        }

        public SyntheticDirectory build() {
            Map<Name, SyntheticNode<?>> built = new LinkedHashMap<>();
            for (Map.Entry<Name, Object> entry : entries.entrySet()) {
                Object value = entry.getValue();
                built.put(entry.getKey(), value instanceof Builder below ? below.build() : (SyntheticNode<?>) value);
            }
            return new SyntheticDirectory(built, attributes);
        }
    }

    private static final SyntheticDirectory EMPTY = new SyntheticDirectory(Map.of(), DEFAULTS);
}
