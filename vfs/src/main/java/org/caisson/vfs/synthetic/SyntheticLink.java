package org.caisson.vfs.synthetic;

import java.nio.charset.StandardCharsets;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/** A symbolic link. */
public final class SyntheticLink extends SyntheticNode<SyntheticLink> {
    /** Says where a link leads. Called by many threads. */
    @FunctionalInterface
    public interface Target {
        /** The bytes of the target, which the caller will not change. */
        byte[] resolve(Credentials credentials) throws ErrnoException;
    }

    /** Says to which place a magic link leads. Called by many threads. */
    @FunctionalInterface
    public interface Place {
        /** The place, wherever it is mounted and by whatever name it could be reached. */
        VirtualDentry resolve(Credentials credentials) throws ErrnoException;
    }

    private static final Attributes DEFAULTS = Attributes.of(0777);

    private final Target target;
    private final @Nullable Place place;

    private SyntheticLink(Target target, @Nullable Place place, Attributes attributes) {
        super(attributes);
        this.target = target;
        this.place = place;
    }

    /** A link that always leads to the same place. */
    public static SyntheticLink to(String target) {
        byte[] bytes = target.getBytes(StandardCharsets.UTF_8);
        return new SyntheticLink(credentials -> bytes, null, DEFAULTS);
    }

    /** A link that leads to a place depending on who asks, such as {@code /proc/self}. */
    public static SyntheticLink of(Target target) {
        return new SyntheticLink(target, null, DEFAULTS);
    }

    /** A magic link such as those of {@code /proc/PID/fd}: it leads to a place, and its target is only what readlink(2) tells. */
    public static SyntheticLink magic(Place place, Target target) {
        return new SyntheticLink(target, place, DEFAULTS);
    }

    @Nullable
    Place place() {
        return place;
    }

    Target target() {
        return target;
    }

    @Override
    int type() {
        return StatMode.S_IFLNK;
    }

    @Override
    SyntheticLink with(Attributes changed) {
        return new SyntheticLink(target, place, changed);
    }
}
