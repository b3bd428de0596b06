package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.wait.Interruption;
import org.jspecify.annotations.Nullable;

/**
 * Where an operation goes: a root, a start and the bytes of a path. Mutable and made to be reused by one thread, so that
 * an operation allocates nothing.
 *
 * <p>Each method that sets a path resets the flags: a final symbolic link is not followed and an empty path is an error,
 * unless said otherwise.
 */
public final class PathOperation {
    private static final byte[] NOTHING = {};

    @Nullable
    VirtualDentry root;

    @Nullable
    VirtualDentry start;

    private @Nullable MountNamespace namespace;

    /** The path, if it is an array from its beginning. */
    byte @Nullable [] array = NOTHING;

    /** The path, if it is not. */
    @Nullable
    MemorySegment memory;

    long offset;
    int length;
    boolean followFinal;
    boolean emptyPath;
    int resolve;

    @Nullable
    Interruption interruption;

    /** The state of the walk, kept here so that it is reused with the operation. */
    final ResolvingPath walk = new ResolvingPath(this);

    /** Goes nowhere yet: root, start and path are to be set. */
    public PathOperation() {}

    /** Sets what {@code /} and a {@code ..} that goes no further mean. */
    public PathOperation root(VirtualDentry place) {
        root = place;
        return this;
    }

    /** Sets where a relative path starts. */
    public PathOperation start(VirtualDentry place) {
        start = place;
        return this;
    }

    /** Sets the namespace of whose mounts the caller may change; by default that of the root. */
    public PathOperation namespace(MountNamespace own) {
        namespace = own;
        return this;
    }

    /** The caller's namespace; null if its root was taken off and it said no other. */
    @Nullable
    MountNamespace namespace() {
        return namespace != null || root == null ? namespace : root.mount().namespace();
    }

    /** Another operation of the same caller. */
    PathOperation sibling(Name otherPath) {
        PathOperation other = new PathOperation();
        other.root = root;
        other.start = start;
        other.namespace = namespace;
        return other.path(otherPath.padded, otherPath.length);
    }

    /** Sets what ends an open(2) that waits, as that of a named pipe does; it stays until another is set. */
    public PathOperation interruption(@Nullable Interruption what) {
        interruption = what;
        return this;
    }

    /** Sets the path: bytes without a terminating NUL, in any memory, which may change meanwhile. */
    public PathOperation path(MemorySegment bytes, long at, int count) {
        array = null;
        memory = bytes;
        offset = at;
        length = count;
        return plain();
    }

    /**
     * Sets the path to the first bytes of an array. If there are eight more bytes in it, there is no copy, and it must not change
     * while an operation goes on.
     */
    public PathOperation path(byte[] bytes, int count) {
        array = bytes;
        length = Objects.checkIndex(count, bytes.length + 1);
        return plain();
    }

    private PathOperation plain() {
        followFinal = false;
        emptyPath = false;
        resolve = 0;
        return this;
    }

    /** Sets the path to the UTF-8 bytes of a text. */
    public PathOperation path(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return path(bytes, bytes.length);
    }

    /** Means a place itself, as AT_EMPTY_PATH does: start there, with an empty path. */
    public PathOperation itself(VirtualDentry place) {
        start = place;
        path(NOTHING, 0);
        emptyPath = true;
        return this;
    }

    /** Means one name in a directory; a final symbolic link is not followed. */
    public PathOperation child(VirtualDentry directory, MemorySegment name, long at, int count) {
        start = directory;
        return path(name, at, count);
    }

    /** Means one name in a directory; a final symbolic link is not followed. */
    public PathOperation child(VirtualDentry directory, Name name) {
        start = directory;
        return path(name.padded, name.length);
    }

    /** Whether a symbolic link at the end is followed (the opposite of AT_SYMLINK_NOFOLLOW). */
    public PathOperation followFinal(boolean follow) {
        followFinal = follow;
        return this;
    }

    /** Whether an empty path means the start (AT_EMPTY_PATH) rather than ENOENT. */
    public PathOperation emptyPath(boolean allowed) {
        emptyPath = allowed;
        return this;
    }

    /** How the path may lead, RESOLVE flags of {@link OpenFlags}; see openat2(2). */
    public PathOperation resolve(int flags) {
        resolve = flags;
        return this;
    }
}
