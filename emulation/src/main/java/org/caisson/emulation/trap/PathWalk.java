package org.caisson.emulation.trap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.StatFs;
import org.caisson.linux.StatMode;
import org.caisson.linux.Statx;

/**
 * Resolves a path as the kernel would for a tracee, in its root and from its working directory; see path_resolution(7).
 *
 * <p>Most paths are resolved by one openat2(2). What that refuses (a relative path that leaves its start, a link of
 * procfs that jumps) is walked a component at a time.
 */
final class PathWalk {
    private static final int MOST_LINKS = 40;
    private static final int LONGEST_NAME = 255;
    private static final int O_PATH = OpenFlags.O_PATH | OpenFlags.O_CLOEXEC;
    /** The inode number of a procfs's root, {@code PROC_ROOT_INO} of {@code linux/proc_ns.h}. */
    private static final long PROC_ROOT_INODE = 1;

    private final Tracee tracee;
    private final boolean followLast;
    private final Deque<byte[]> ahead = new ArrayDeque<>();
    private OwnedFd current;
    private int links;
    private boolean needsDirectory;

    private PathWalk(Tracee tracee, boolean followLast, OwnedFd start) {
        this.tracee = tracee;
        this.followLast = followLast;
        this.current = start;
    }

    /** Resolves a path; the caller closes what it leads to. */
    static Place resolve(Tracee tracee, byte[] path, boolean followLast) throws ErrnoException {
        if (path.length == 0) {
            throw Errno.ENOENT.exception();
        }
        return resolve(tracee, path[0] == '/' ? tracee.root() : tracee.workingDirectory(), path, followLast);
    }

    /**
     * Resolves a path from a descriptor of the tracee's, as the calls do that end in {@code at}.
     *
     * @param flags of {@code AT_EMPTY_PATH} and {@code AT_SYMLINK_NOFOLLOW}
     */
    static Place resolveAt(Tracee tracee, int directory, byte[] path, int flags) throws ErrnoException {
        boolean followLast = (flags & AtFlags.AT_SYMLINK_NOFOLLOW) == 0;
        if (path.length > 0 && (directory == AtFlags.AT_FDCWD || path[0] == '/')) {
            return resolve(tracee, path, followLast);
        }
        if (path.length == 0) {
            if ((flags & AtFlags.AT_EMPTY_PATH) == 0) {
                throw Errno.ENOENT.exception();
            }
            return Place.of(tracee.directory(directory));
        }
        try (OwnedFd start = tracee.directory(directory)) {
            return resolve(tracee, start, path, followLast);
        }
    }

    /** The same from a directory, if the path is relative; the start stays the caller's. */
    static Place resolve(Tracee tracee, OwnedFd directory, byte[] path, boolean followLast) throws ErrnoException {
        if (path.length == 0) {
            throw Errno.ENOENT.exception();
        }
        boolean absolute = path[0] == '/';
        OwnedFd start = absolute ? tracee.root() : directory;
        long scope = absolute ? OpenFlags.RESOLVE_IN_ROOT : OpenFlags.RESOLVE_BENEATH;
        int flags = followLast ? O_PATH : O_PATH | OpenFlags.O_NOFOLLOW;
        OwnedFd found;
        try (Scratch scratch = Scratch.open()) {
            found = FileCalls.openat2(start.number(), scratch.string(path), flags, 0, scope);
        } catch (ErrnoException refused) {
            found = new PathWalk(tracee, followLast, start.duplicate()).walk(path);
        }
        return Place.of(found);
    }

    private OwnedFd walk(byte[] path) throws ErrnoException {
        try {
            push(path);
            while (!ahead.isEmpty()) {
                step(ahead.pop());
            }
            if (needsDirectory) {
                current = replace(open(current, ".", OpenFlags.O_DIRECTORY));
            }
            OwnedFd found = current.duplicate();
            return found;
        } finally {
            current.close();
        }
    }

    /** Puts the components of a path before those that are ahead. */
    private void push(byte[] path) {
        boolean last = ahead.isEmpty();
        int end = path.length;
        if (last && end > 1 && path[end - 1] == '/') {
            needsDirectory = true;
        }
        while (end > 0) {
            int start = end;
            while (start > 0 && path[start - 1] != '/') {
                start--;
            }
            if (start < end) {
                ahead.push(Arrays.copyOfRange(path, start, end));
            }
            end = start - 1;
        }
    }

    private void step(byte[] component) throws ErrnoException {
        String name = new String(component, ISO_8859_1);
        if (component.length > LONGEST_NAME) {
            throw Errno.ENAMETOOLONG.exception();
        }
        if (name.equals(".")) {
            current = replace(open(current, ".", OpenFlags.O_DIRECTORY));
        } else if (name.equals("..")) {
            if (!isRoot()) {
                current = replace(open(current, "..", OpenFlags.O_DIRECTORY));
            }
        } else {
            boolean mayFollow = !ahead.isEmpty() || followLast || needsDirectory;
            // Closed in any case: here whoever calls decides which call fails.
            try (OwnedFd next = open(current, component, OpenFlags.O_NOFOLLOW)) {
                if (mayFollow && isLink(next)) {
                    follow(component, next);
                } else {
                    current = replace(next.duplicate());
                }
            }
        }
    }

    private void follow(byte[] name, OwnedFd link) throws ErrnoException {
        if (++links > MOST_LINKS) {
            throw Errno.ELOOP.exception();
        }
        byte[] target;
        if (isOnProc(link)) {
            if (Tracee.inode(current) != PROC_ROOT_INODE) {
                current = replace(open(current, name, 0));
                return;
            }
            target = procRootLink(new String(name, ISO_8859_1), link);
        } else {
            target = FileCalls.readlinkat(link.number(), "");
        }
        if (target.length == 0) {
            throw Errno.ENOENT.exception();
        }
        if (target[0] == '/') {
            current = replace(tracee.root().duplicate());
        }
        push(target);
    }

    /** The links at a procfs's root that mean the one who follows them. */
    private byte[] procRootLink(String name, OwnedFd link) throws ErrnoException {
        return switch (name) {
            case "self" -> Long.toString(tracee.pidIn(current, false)).getBytes(ISO_8859_1);
            case "thread-self" ->
                (tracee.pidIn(current, false) + "/task/" + tracee.pidIn(current, true)).getBytes(ISO_8859_1);
            default -> FileCalls.readlinkat(link.number(), "");
        };
    }

    private boolean isRoot() throws ErrnoException {
        try (Place here = Place.of(current.duplicate());
                Place root = Place.of(tracee.root().duplicate())) {
            return here.isSame(root);
        }
    }

    private static boolean isLink(OwnedFd fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            Statx stat = Statx.wrap(scratch.allocate(Statx.SIZE));
            int flags = AtFlags.AT_EMPTY_PATH | AtFlags.AT_STATX_DONT_SYNC;
            FileCalls.statx(fd.number(), "", flags, Statx.STATX_BASIC_STATS, stat);
            return (stat.mode() & StatMode.S_IFMT) == StatMode.S_IFLNK;
        }
    }

    private static boolean isOnProc(OwnedFd fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            StatFs stat = StatFs.wrap(scratch.allocate(StatFs.SIZE));
            FileCalls.fstatfs(fd.number(), stat);
            return stat.type() == StatFs.PROC_SUPER_MAGIC;
        }
    }

    private OwnedFd replace(OwnedFd next) {
        current.close();
        return next;
    }

    private static OwnedFd open(OwnedFd directory, String name, int flags) throws ErrnoException {
        return FileCalls.openat(directory.number(), name, O_PATH | flags, 0);
    }

    private static OwnedFd open(OwnedFd directory, byte[] name, int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            return FileCalls.openat(directory.number(), scratch.string(name), O_PATH | flags, 0);
        }
    }
}
