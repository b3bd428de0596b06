package org.caisson.vfs.synthetic;

import org.caisson.vfs.CachePolicy;

/**
 * The description of a file of a synthetic tree: immutable, so that one may stand in many trees. By default it belongs to
 * user 0, shows size 0 as procfs does, and is cached nowhere.
 *
 * @param <T> the kind of node, for the methods that make another one like it
 */
public abstract sealed class SyntheticNode<T extends SyntheticNode<T>>
        permits GeneratedFile, ControlFile, EventFile, SyntheticDirectory, DynamicDirectory, SyntheticLink {
    private final Attributes attributes;

    SyntheticNode(Attributes attributes) {
        this.attributes = attributes;
    }

    /** The type bits of the mode, see {@link org.caisson.linux.StatMode}. */
    abstract int type();

    abstract T with(Attributes changed);

    Attributes attributes() {
        return attributes;
    }

    int mode() {
        return type() | attributes.permissions();
    }

    /** The same with other permissions. */
    public final T withMode(int permissions) {
        return with(new Attributes(
                permissions, attributes.uid(), attributes.gid(), attributes.size(), attributes.cachePolicy()));
    }

    /** The same with another owner. */
    public final T withOwner(int uid, int gid) {
        return with(new Attributes(attributes.permissions(), uid, gid, attributes.size(), attributes.cachePolicy()));
    }

    /**
     * The same, showing another size, a power of two (sysfs shows 4096). Behind FUSE sendfile(2) and splice(2) read no
     * further than it, so it should be no less than what is generated.
     */
    public final T withSize(long size) {
        return with(new Attributes(
                attributes.permissions(), attributes.uid(), attributes.gid(), size, attributes.cachePolicy()));
    }

    /** The same, remembered differently by doors. */
    public final T withCachePolicy(CachePolicy policy) {
        return with(new Attributes(
                attributes.permissions(), attributes.uid(), attributes.gid(), attributes.size(), policy));
    }
}
