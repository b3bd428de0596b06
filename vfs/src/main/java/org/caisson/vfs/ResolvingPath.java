package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.caisson.linux.Errno;
import org.caisson.vfs.wait.Interruption;
import org.jspecify.annotations.Nullable;

/**
 * A path on its way: what is left of it, where it stands, and how often it followed symbolic links. File systems take its
 * components one by one and tell it when they cannot go on themselves. One thread only; reused by its operation.
 */
public final class ResolvingPath {
    /** PATH_MAX of {@code linux/limits.h}, with the terminating NUL. */
    public static final int MAX_PATH = 4096;
    /** How many symbolic links one resolution follows (MAXSYMLINKS of {@code linux/namei.h}). */
    public static final int MAX_SYMLINKS = 40;

    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = 0x8080808080808080L;
    private static final long SLASHES = 0x2F2F2F2F2F2F2F2FL;
    private static final int PADDING = Long.BYTES;

    private static final int CONTINUE = FileSystem.GO_ON;

    /** The bytes that are left, always followed by eight NULs. */
    private byte[] buffer = new byte[256 + PADDING];

    private int end;

    /** The present component, and where the next one begins (or {@link #end}). */
    private int componentStart;

    private int componentLength;
    private int next;
    private int componentHash;
    private long componentWord0;
    private long componentWord1;

    private boolean mustBeDirectory;
    private boolean followFinal;
    private int symlinks;

    private @Nullable VirtualFileSystem virtual;
    private @Nullable PathOperation operation;
    private int mountsSeen;
    private boolean leavesMarks;
    private @Nullable Credentials credentials;
    private @Nullable VirtualDentry root;
    private @Nullable Interruption interruption;
    private @Nullable Mount mount;
    private @Nullable Dentry dentry;

    private int markedStart;
    private boolean markedMustBeDirectory;
    private @Nullable Mount markedMount;
    private @Nullable Dentry markedDentry;

    private @Nullable Dentry found;
    private @Nullable FileDescription opened;
    private long length;

    ResolvingPath() {}

    /** Copies the path in and stands at its start. */
    int begin(VirtualFileSystem system, Credentials asker, PathOperation operation) {
        virtual = system;
        credentials = asker;
        this.operation = operation;
        followFinal = operation.followFinal;
        return begin(operation);
    }

    /** Begins again because mounts changed under way. */
    int restart() {
        return begin(Objects.requireNonNull(operation));
    }

    /** Whether mounts changed since the walk began, so that what it found does not count. */
    boolean mountsChanged() {
        return Objects.requireNonNull(virtual).mountSequence().changedSince(mountsSeen);
    }

    private int begin(PathOperation operation) {
        int bytes = operation.pathLength;
        if (bytes >= MAX_PATH) {
            return -Errno.ENAMETOOLONG.number();
        }
        VirtualDentry top = Objects.requireNonNull(operation.root, "root is null");
        mountsSeen = Objects.requireNonNull(virtual).mountSequence().begin();
        root = top;
        interruption = operation.interruption;
        mustBeDirectory = false;
        symlinks = 0;
        if (bytes + PADDING > buffer.length) {
            buffer = new byte[Math.max(bytes + PADDING, 2 * buffer.length)];
        }
        MemorySegment.copy(operation.path, ValueLayout.JAVA_BYTE, operation.pathOffset, buffer, 0, bytes);
        Name.WORD.set(buffer, bytes, 0L);
        end = bytes;
        if (bytes == 0) {
            if (!operation.emptyPath) {
                return -Errno.ENOENT.number();
            }
        } else if (buffer[0] == '/') {
            stand(top);
            return scan(skipSlashes(0));
        }
        stand(Objects.requireNonNull(operation.start, "start is null"));
        return scan(0);
    }

    private void stand(VirtualDentry place) {
        mount = place.mount();
        dentry = place.dentry();
    }

    private int skipSlashes(int from) {
        int position = from;
        while (buffer[position] == '/') {
            position++;
        }
        return position;
    }

    /** Finds the end of the component that begins here, mixing its hash on the way. */
    private int scan(int from) {
        byte[] bytes = buffer;
        componentStart = from;
        int position = from;
        long state = Name.SEED;
        long word0 = 0;
        long word1 = 0;
        while (true) {
            long word = (long) Name.WORD.get(bytes, position);
            long slash = word ^ SLASHES;
            long stop = ((word - ONES) & ~word & HIGHS) | ((slash - ONES) & ~slash & HIGHS);
            if (stop != 0) {
                int count = Long.numberOfTrailingZeros(stop) >>> 3;
                if (count != 0) {
                    word &= Name.lowBytes(count);
                    if (position == from) {
                        word0 = word;
                    } else if (position == from + Long.BYTES) {
                        word1 = word;
                    }
                    state = Name.mix(state, word);
                    position += count;
                }
                break;
            }
            if (position == from) {
                word0 = word;
            } else if (position == from + Long.BYTES) {
                word1 = word;
            }
            state = Name.mix(state, word);
            position += Long.BYTES;
        }
        componentLength = position - from;
        componentHash = Name.fold(state);
        componentWord0 = word0;
        componentWord1 = word1;
        if (bytes[position] == '/') {
            position++;
            if (bytes[position] == '/') {
                position = skipSlashes(position);
            }
            if (position == end) {
                mustBeDirectory = true;
            }
        } else if (position != end) {
            return -Errno.EINVAL.number();
        }
        next = position;
        return CONTINUE;
    }

    /** Remembers where the path is, for {@link #rewind}. */
    void mark() {
        markedStart = componentStart;
        markedMustBeDirectory = mustBeDirectory;
        markedMount = mount;
        markedDentry = dentry;
    }

    /** Goes back to the mark; no symbolic link may have been followed since. */
    void rewind() {
        mustBeDirectory = markedMustBeDirectory;
        mount = markedMount;
        dentry = markedDentry;
        scan(markedStart);
    }

    /** Whether no component is left. */
    public boolean isDone() {
        return componentStart == end;
    }

    /** Whether the present component is the last one. */
    public boolean isLast() {
        return next == end;
    }

    /** Steps past the present component; the result is {@link FileSystem#GO_ON} or a negated errno. */
    public int advance() {
        return scan(next);
    }

    /** The length of the present component. */
    public int componentLength() {
        return componentLength;
    }

    /** Whether the present component is {@code .} or {@code ..}. */
    boolean isDots() {
        return componentLength <= 2 && (componentWord0 == '.' || componentWord0 == ('.' | '.' << 8));
    }

    /** Whether the present component is {@code .}. */
    public boolean isDot() {
        return componentLength == 1 && componentWord0 == '.';
    }

    /** Whether the present component is {@code ..}. */
    public boolean isDotDot() {
        return componentLength == 2 && componentWord0 == ('.' | '.' << 8);
    }

    /** A copy of the present component. */
    public Name component() {
        return Name.of(buffer, componentStart, componentLength);
    }

    int componentHash() {
        return componentHash;
    }

    long componentWord0() {
        return componentWord0;
    }

    long componentWord1() {
        return componentWord1;
    }

    /** Whether the present component has the length of a name, and its bytes from the seventeenth on. */
    boolean restEquals(Name name) {
        if (name.length != componentLength) {
            return false;
        }
        byte[] padded = name.padded;
        int position = 2 * Long.BYTES;
        int whole = componentLength & -Long.BYTES;
        for (; position < whole; position += Long.BYTES) {
            if ((long) Name.WORD.get(buffer, componentStart + position) != (long) Name.WORD.get(padded, position)) {
                return false;
            }
        }
        if (position >= componentLength) {
            return true;
        }
        long mask = Name.lowBytes(componentLength - position);
        return ((long) Name.WORD.get(buffer, componentStart + position) & mask)
                == (long) Name.WORD.get(padded, position);
    }

    /** Whether what the path leads to must be a directory, because of a trailing slash. */
    public boolean mustBeDirectory() {
        return mustBeDirectory;
    }

    /** Whether a symbolic link found as the present component is to be followed. */
    public boolean shouldFollowSymlink() {
        return followFinal || !isLast() || mustBeDirectory;
    }

    void followFinal(boolean follow) {
        followFinal = follow;
    }

    /**
     * Goes through a symbolic link, the present component: its target takes the component's place.
     *
     * @return {@link FileSystem#DONE} if the walk goes on in the directory of the link, {@link FileSystem#GO_ON} if it
     *     goes on at the root, or a negated errno
     */
    public int followSymlink(byte[] target, int targetLength) {
        if (++symlinks > MAX_SYMLINKS || mount().isNoSymlinkFollow()) {
            return -Errno.ELOOP.number();
        }
        if (targetLength == 0) {
            return -Errno.ENOENT.number();
        }
        int tail = end - next;
        int head = tail == 0 ? targetLength : targetLength + 1;
        int total = head + tail;
        byte[] old = buffer;
        byte[] spliced = total + PADDING <= old.length ? old : new byte[Math.max(total + PADDING, 2 * old.length)];
        System.arraycopy(old, next, spliced, head, tail);
        System.arraycopy(target, 0, spliced, 0, targetLength);
        if (tail != 0) {
            spliced[targetLength] = '/';
        }
        Name.WORD.set(spliced, total, 0L);
        buffer = spliced;
        end = total;
        if (target[0] != '/') {
            int outcome = scan(0);
            return outcome == CONTINUE ? FileSystem.DONE : outcome;
        }
        stand(Objects.requireNonNull(root));
        return scan(skipSlashes(0));
    }

    /** Jumps to a place, the target of a magic link, which is the present component. */
    public int jump(VirtualDentry place) {
        if (++symlinks > MAX_SYMLINKS) {
            return -Errno.ELOOP.number();
        }
        stand(place);
        return advance();
    }

    /**
     * Steps onto the topmost mount on a dentry of the present mount, if there is one; the component that led to the
     * dentry must be behind.
     *
     * @return whether the path stands elsewhere now, so that the walk must return {@link FileSystem#GO_ON}
     */
    public boolean enterMount(Dentry point) {
        if (!point.isMountPoint()) {
            return false;
        }
        Mount top = Objects.requireNonNull(virtual).topMountOn(mount(), point);
        if (top == null) {
            return false;
        }
        if (!leavesMarks) {
            top.touch();
        }
        stand(top.root());
        return true;
    }

    /** Whether walks are to leave the marks of mounts that may expire. */
    void leaveMarks(boolean leave) {
        leavesMarks = leave;
    }

    /** Notes a use of the mount where the walk is or ended. */
    void touch() {
        if (mount != null) {
            mount.touch();
        }
    }

    /** Whether a dentry has a mount on it in the caller's namespace: it must stay. */
    boolean isLocalMountPoint(Dentry point) {
        return point.isMountPoint()
                && Objects.requireNonNull(virtual)
                        .isMountPointIn(Objects.requireNonNull(operation).namespace(), point);
    }

    /** Passes on the outcome of removing a name; if it was removed, what is mounted on it in other namespaces goes. */
    int removed(Dentry victim, int outcome) {
        if (outcome == FileSystem.DONE && victim.markGone()) {
            Objects.requireNonNull(virtual).detachMounts(victim);
        }
        return outcome;
    }

    /** What {@link #dotDot} found. */
    public enum Upward {
        /** The parent is the file system's own affair. */
        PARENT,
        /** There is nothing above: stay. */
        STAY,
        /** The parent is in another mount, where the path stands now: advance and return {@link FileSystem#GO_ON}. */
        ELSEWHERE
    }

    /** What {@code ..} means at a dentry of the present mount. */
    public Upward dotDot(Dentry at) {
        VirtualDentry top = Objects.requireNonNull(root);
        Mount here = mount();
        if (at == top.dentry() && here == top.mount()) {
            return Upward.STAY;
        }
        return at == here.root().dentry() ? climb(here, top) : Upward.PARENT;
    }

    /** Goes above a mount's root, over mounts that cover each other; what is covered need not be searchable. */
    private Upward climb(Mount from, VirtualDentry top) {
        VirtualDentry covered = from.point();
        while (covered != null) {
            Mount below = covered.mount();
            Dentry point = covered.dentry();
            if (point == top.dentry() && below == top.mount()) {
                return Upward.STAY;
            }
            if (point != below.root().dentry()) {
                Dentry parent = below.fileSystem().parentOf(point);
                if (parent == null) {
                    return Upward.STAY;
                }
                mount = below;
                dentry = parent;
                return Upward.ELSEWHERE;
            }
            covered = below.point();
        }
        return Upward.STAY;
    }

    /** What may be done in sticky directories. */
    LinkProtection protection() {
        return Objects.requireNonNull(virtual).protection();
    }

    /** Who asks. */
    public Credentials credentials() {
        return Objects.requireNonNull(credentials);
    }

    /** What ends an operation that waits; null if only the thread's own interruption does. */
    public @Nullable Interruption interruption() {
        return interruption;
    }

    /** The mount that the walk is in. */
    public Mount mount() {
        return Objects.requireNonNull(mount);
    }

    /** Where the walk begins in this file system. */
    public Dentry start() {
        return Objects.requireNonNull(dentry);
    }

    /** The place of a dentry of the present mount. */
    public VirtualDentry place(Dentry at) {
        return at.through(mount());
    }

    /** Leaves the result of a lookup. */
    public void found(Dentry result) {
        found = result;
    }

    /** What the walk found. */
    public Dentry found() {
        return Objects.requireNonNull(found);
    }

    /** Leaves the result of an open. */
    public void opened(FileDescription result) {
        opened = result;
    }

    @Nullable
    FileDescription opened() {
        return opened;
    }

    FileDescription takeOpened() {
        FileDescription result = Objects.requireNonNull(opened);
        opened = null;
        return result;
    }

    /** Leaves the length of what was copied out. */
    public void length(long result) {
        length = result;
    }

    long length() {
        return length;
    }

    /** The path that is left, for people who debug. */
    @Override
    public String toString() {
        return new String(Arrays.copyOfRange(buffer, componentStart, end), StandardCharsets.UTF_8);
    }
}
