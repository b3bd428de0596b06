package org.caisson.vfs.synthetic;

import java.nio.charset.StandardCharsets;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;

/** A symbolic link. */
public final class SyntheticLink extends SyntheticNode<SyntheticLink> {
    /** Says where a link leads. Called by many threads. */
    @FunctionalInterface
    public interface Target {
        /** The bytes of the target, which the caller will not change. */
        byte[] resolve(Credentials credentials) throws ErrnoException;
    }

    private static final Attributes DEFAULTS = Attributes.of(0777);

    private final Target target;

    private SyntheticLink(Target target, Attributes attributes) {
        super(attributes);
        this.target = target;
    }

    /** A link that always leads to the same place. */
    public static SyntheticLink to(String target) {
        byte[] bytes = target.getBytes(StandardCharsets.UTF_8);
        return new SyntheticLink(credentials -> bytes, DEFAULTS);
    }

    /** A link that leads to a place depending on who asks, such as {@code /proc/self}. */
    public static SyntheticLink of(Target target) {
        return new SyntheticLink(target, DEFAULTS);
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
        return new SyntheticLink(target, changed);
    }
}
