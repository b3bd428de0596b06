package org.caisson.vfs;

import java.util.Objects;
import org.caisson.linux.Errno;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.dev.DeviceTable;
import org.caisson.vfs.wait.Interruption;
import org.jspecify.annotations.Nullable;

/**
 * A path on its way: what is left of it, where it stands, and how often it followed symbolic links. File systems take its
 * components one by one and tell it when they cannot go on themselves. One thread only; reused by its operation.
 */
public final class ResolvingPath extends Pathname {
    /** PATH_MAX of {@code linux/limits.h}, with the terminating NUL. */
    public static final int MAX_PATH = MAX;
    /** How many symbolic links one resolution follows (MAXSYMLINKS of {@code linux/namei.h}). */
    public static final int MAX_SYMLINKS = 40;

    /** What {@link #dotDot} says when the parent is the file system's own affair. */
    public static final int UP = 2;

    private static final int CONTINUE = FileSystem.GO_ON;

    private final PathOperation operation;

    /** Whether there was a slash at the end of what a symbolic link took the place of. */
    private boolean hadSlash;

    private boolean followFinal;
    private int symlinks;

    /** RESOLVE flags of {@link OpenFlags}; 0 for most walks. */
    private int resolve;

    /** The count of moves when the walk began, which tells one that must not leave a place that it might have. */
    private int moves;

    /** Whether the root was needed yet: the kernel takes it for a place on another mount before. Of use to RESOLVE_NO_XDEV. */
    private boolean knowsRoot;

    private int mountsSeen;

    /** Where what was met ends; 0 for nothing. */
    private int metEnd;

    /** See {@link #meet}. Not what was found, so that the same walk made again need not write it again. */
    private @Nullable Dentry met;

    private boolean leavesMarks;

    private @Nullable VirtualFileSystem virtual;
    private @Nullable Credentials asker;

    /** What the asker's are through the present mount. */
    private @Nullable Credentials credentials;

    private @Nullable Mount mount;
    private @Nullable Dentry dentry;

    private @Nullable Dentry found;

    /** Where the walk found a symbolic link that it is to follow. */
    private @Nullable Dentry linkDirectory;

    private @Nullable Mount linkMount;

    private @Nullable FileDescription opened;
    private long length;

    ResolvingPath(PathOperation operation) {
        this.operation = operation;
    }

    /** Takes the path in and stands at its start. */
    int begin(VirtualFileSystem system, Credentials asker) {
        // References that stay the same are not written: collectors charge for a write.
        if (virtual != system) {
            virtual = system;
        }
        if (this.asker != asker) {
            this.asker = asker;
        }
        followFinal = operation.followFinal;
        return restart();
    }

    /** Begins again because mounts changed under way. */
    int restart() {
        PathOperation wanted = operation;
        mountsSeen = Objects.requireNonNull(virtual).mountSequence().begin();
        byte[] array = wanted.array;
        int refused = array == null
                ? set(Objects.requireNonNull(wanted.memory), wanted.offset, wanted.length)
                : set(array, wanted.length);
        if (refused != 0) {
            return refused;
        }
        if (wanted.length == 0 && !wanted.emptyPath) {
            return -Errno.ENOENT.number();
        }
        takeLinkMount();
        hadSlash = false;
        symlinks = 0;
        resolve = wanted.resolve;
        if (resolve != 0) {
            return beginScoped();
        }
        // No component was walked yet.
        stand(position == 0 || wanted.length == 0 ? start(wanted) : root());
        return CONTINUE;
    }

    /** The same with RESOLVE flags: the kernel's {@code path_init}. */
    private int beginScoped() {
        moves = RenameSequence.moves();
        VirtualDentry from = start(operation);
        boolean fromRoot = isAbsolute() && (resolve & OpenFlags.RESOLVE_IN_ROOT) == 0;
        if (fromRoot && (resolve & OpenFlags.RESOLVE_BENEATH) != 0) {
            return -Errno.EXDEV.number();
        }
        knowsRoot = fromRoot || isScoped();
        stand(fromRoot ? root() : from);
        return CONTINUE;
    }

    /** Whether mounts changed since the walk began, so that what it found does not count. */
    boolean mountsChanged() {
        return Objects.requireNonNull(virtual).mountSequence().changedSince(mountsSeen);
    }

    private static VirtualDentry start(PathOperation wanted) {
        return Objects.requireNonNull(wanted.start, "start is null");
    }

    private boolean has(int flag) {
        return (resolve & flag) != 0;
    }

    private boolean isScoped() {
        return has(OpenFlags.RESOLVE_BENEATH | OpenFlags.RESOLVE_IN_ROOT);
    }

    /** What {@code /} and a {@code ..} that goes no further mean. */
    private VirtualDentry root() {
        return isScoped() ? start(operation) : Objects.requireNonNull(operation.root, "root is null");
    }

    private void stand(VirtualDentry place) {
        stand(place.mount(), place.dentry());
    }

    private void stand(Mount where, Dentry at) {
        if (mount != where) {
            mount = where;
        }
        Credentials own = where.through(Objects.requireNonNull(asker));
        if (credentials != own) {
            credentials = own;
        }
        if (dentry != at) {
            dentry = at;
        }
    }

    /** Stands at another place again, where it stood before. */
    void returnTo(int former, Mount here, Dentry at) {
        position = former;
        stand(here, at);
    }

    /** Whether what the path leads to must be a directory, because of a trailing slash. */
    public boolean mustBeDirectory() {
        return hadSlash || endsInSlash();
    }

    /** Whether a symbolic link found as the present component is to be followed. */
    public boolean shouldFollowSymlink() {
        return followFinal || !isLast() || mustBeDirectory();
    }

    void followFinal(boolean follow) {
        followFinal = follow;
    }

    /** Whether what is not in memory is not to be waited for (RESOLVE_CACHED): EAGAIN instead. */
    public boolean isCachedOnly() {
        return has(OpenFlags.RESOLVE_CACHED);
    }

    /** Counts a symbolic link, the present component, which is to be followed: 0 or ELOOP. */
    public int countSymlink() {
        return ++symlinks > MAX_SYMLINKS ? -Errno.ELOOP.number() : 0;
    }

    /** Whether the path and the mount allow to follow symbolic links at all: 0 or ELOOP. */
    public int maySymlink() {
        return maySymlink(mount());
    }

    /** The same of a link on another mount. */
    int maySymlink(Mount of) {
        return has(OpenFlags.RESOLVE_NO_SYMLINKS) || of.isNoSymlinkFollow() ? -Errno.ELOOP.number() : 0;
    }

    /**
     * Goes through a symbolic link, the present component, that was counted: its target takes the component's place.
     *
     * @return {@link FileSystem#DONE} if the walk goes on in the directory of the link, {@link FileSystem#GO_ON} if it
     *     goes on at the root, or a negated errno
     */
    public int followSymlink(byte[] target, int targetLength) {
        if (targetLength == 0) {
            return -Errno.ENOENT.number();
        }
        hadSlash |= endsInSlash();
        splice(target, targetLength);
        if (!isAbsolute()) {
            return FileSystem.DONE;
        }
        VirtualDentry top = root();
        if (has(OpenFlags.RESOLVE_BENEATH)
                || (has(OpenFlags.RESOLVE_NO_XDEV) && (!knowsRoot || mount != top.mount()))) {
            return -Errno.EXDEV.number();
        }
        stand(top);
        return CONTINUE;
    }

    /**
     * Jumps to a place, the target of a magic link, the present component, that was counted (the kernel's {@code nd_jump_link}).
     *
     * @return {@link FileSystem#GO_ON} or a negated errno
     */
    public int jump(VirtualDentry place) {
        if (has(OpenFlags.RESOLVE_NO_MAGICLINKS)) {
            return -Errno.ELOOP.number();
        }
        if (isScoped() || (has(OpenFlags.RESOLVE_NO_XDEV) && mount != place.mount())) {
            return -Errno.EXDEV.number();
        }
        stand(place);
        advance();
        return CONTINUE;
    }

    /**
     * Steps onto the topmost mount on a dentry of the present mount, if there is one; the component that led to the
     * dentry must be behind.
     *
     * @return {@link FileSystem#DONE} if there is none, {@link FileSystem#GO_ON} if the path stands elsewhere now, which the walk
     *     must return, or EXDEV
     */
    public int enterMount(Dentry point) {
        if (!point.isMountPoint()) {
            return FileSystem.DONE;
        }
        Mount here = mount();
        Mount top = here.crossed(point, mountsSeen);
        if (top == null) {
            top = Objects.requireNonNull(virtual).topMountOn(here, point);
            if (top == null) {
                return FileSystem.DONE;
            }
            if (!mountsChanged()) {
                here.cross(point, top, mountsSeen);
            }
        }
        if (has(OpenFlags.RESOLVE_NO_XDEV)) {
            return -Errno.EXDEV.number();
        }
        if (!leavesMarks) {
            top.touch();
        }
        stand(top.root());
        return CONTINUE;
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
        return point.isMountPoint() && Objects.requireNonNull(virtual).isMountPointIn(operation.namespace(), point);
    }

    /** Passes on the outcome of removing a name; if it was removed, what is mounted on it in other namespaces goes. */
    int removed(Dentry victim, int outcome) {
        if (outcome == FileSystem.DONE && victim.markGone()) {
            Objects.requireNonNull(virtual).detachMounts(victim);
        }
        return outcome;
    }

    /**
     * What {@code ..}, the present component, means at a dentry of the present mount.
     *
     * @return {@link #UP}, {@link FileSystem#DONE} if there is nothing above, {@link FileSystem#GO_ON} if the path stands elsewhere
     *     now, which the walk must return after it advanced, or a negated errno
     */
    public int dotDot(Dentry at) {
        knowsRoot = true;
        VirtualDentry top = root();
        Mount here = mount();
        if (at == top.dentry() && here == top.mount()) {
            return atTop();
        }
        return at == here.root().dentry() ? climb(here, top) : UP;
    }

    private int atTop() {
        return has(OpenFlags.RESOLVE_BENEATH) ? -Errno.EXDEV.number() : FileSystem.DONE;
    }

    /** Goes above a mount's root, over mounts that cover each other; what is covered need not be searchable. */
    private int climb(Mount from, VirtualDentry top) {
        VirtualDentry covered = from.point();
        while (covered != null) {
            Mount below = covered.mount();
            Dentry point = covered.dentry();
            if (point == top.dentry() && below == top.mount()) {
                return atTop();
            }
            if (point != below.root().dentry()) {
                Dentry parent = below.fileSystem().parentOf(point);
                if (parent == null) {
                    return atTop();
                }
                if (has(OpenFlags.RESOLVE_NO_XDEV)) {
                    return -Errno.EXDEV.number();
                }
                stand(below, parent);
                return enterMount(parent) < 0 ? -Errno.EXDEV.number() : CONTINUE;
            }
            covered = below.point();
        }
        return atTop();
    }

    /**
     * Whether it is certain after a {@code ..} that a walk that must not leave a place did not: 0, or EAGAIN because something was
     * moved meanwhile. When mounts change, walks begin again anyway.
     */
    public int checkScope() {
        return isScoped() && moves != RenameSequence.moves() ? -Errno.EAGAIN.number() : 0;
    }

    /** Whether a walk that ends at a dentry of the present mount is where it may be: 0 or EXDEV. */
    int checkEnd(Dentry at) {
        return !isScoped() || isBelow(root(), at) ? 0 : -Errno.EXDEV.number();
    }

    private boolean isBelow(VirtualDentry top, Dentry reached) {
        Mount where = mount();
        Dentry at = reached;
        while (where != top.mount() || at != top.dentry()) {
            if (at == where.root().dentry()) {
                VirtualDentry covered = where.point();
                if (covered == null) {
                    return false;
                }
                where = covered.mount();
                at = covered.dentry();
            } else {
                Dentry parent = where.fileSystem().parentOf(at);
                if (parent == null) {
                    return false;
                }
                at = parent;
            }
        }
        return true;
    }

    /** What may be done in sticky directories. */
    LinkProtection protection() {
        return Objects.requireNonNull(virtual).protection();
    }

    /** Who asks, through the mount that the walk is in. */
    public Credentials credentials() {
        return Objects.requireNonNull(credentials);
    }

    /** What device nodes stand for. */
    DeviceTable devices() {
        return Objects.requireNonNull(virtual).devices();
    }

    /** What ends an operation that waits; null if only the thread's own interruption does. */
    public @Nullable Interruption interruption() {
        return operation.interruption;
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
        if (found != result) {
            found = result;
        }
    }

    /** Leaves what stands at the present component, which ends before a place. */
    void meet(Dentry what, int end) {
        if (met != what) {
            met = what;
        }
        metEnd = end;
    }

    boolean hasMet() {
        return metEnd != 0;
    }

    /** Where what was met ends; it is forgotten but for {@link #met()}. */
    int endOfMet() {
        int end = metEnd;
        metEnd = 0;
        return end;
    }

    /** What was met last. */
    Dentry met() {
        return Objects.requireNonNull(met);
    }

    /** What the walk found. */
    public Dentry found() {
        return Objects.requireNonNull(found);
    }

    /** Leaves a symbolic link that is to be followed as found. It may be moved: its target starts where it was found all the same. */
    void found(Dentry link, Dentry directory) {
        found(link);
        if (linkDirectory != directory) {
            linkDirectory = directory;
        }
    }

    /** The same of a link that is the root of a mount: its target starts in the directory of what it covers. */
    void foundMounted(Mount mounted, Dentry directory) {
        found(mounted.root().dentry(), directory);
        linkMount = mounted;
    }

    /** The mount of the link that was found last, if it is another one than the walk's. */
    @Nullable
    Mount takeLinkMount() {
        Mount mounted = linkMount;
        if (mounted != null) {
            linkMount = null;
        }
        return mounted;
    }

    /** Where the link that was found last is. */
    Dentry linkDirectory() {
        return Objects.requireNonNull(linkDirectory);
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
}
