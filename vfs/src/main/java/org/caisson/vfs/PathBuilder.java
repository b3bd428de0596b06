package org.caisson.vfs;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Ways up: builds the path that leads from a root to a place, and asks what is above what. Call under the mount lock. */
final class PathBuilder {
    private static final byte[] DELETED = " (deleted)".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] UNREACHABLE = "(unreachable)".getBytes(StandardCharsets.US_ASCII);

    private PathBuilder() {}

    /** The kernel's {@code d_path}: what is out of the root's reach is shown from the top of its tree of mounts. */
    static byte[] pathOf(VirtualDentry root, VirtualDentry place) {
        Way way = Way.up(root, place);
        return place.dentry().isGone() ? concat(way.path, DELETED) : way.path;
    }

    /** As {@link #pathOf}, but what is out of reach is marked, as getcwd(2) does. */
    static byte[] markedPathOf(VirtualDentry root, VirtualDentry place) {
        Way way = Way.up(root, place);
        return way.reaches ? way.path : concat(UNREACHABLE, way.path);
    }

    /** The path of a place beneath a root; null if it is not there. */
    static byte @Nullable [] reachablePathOf(VirtualDentry root, VirtualDentry place) {
        Way way = Way.up(root, place);
        return way.reaches ? way.path : null;
    }

    /** The path of a dentry in its file system. */
    static byte[] pathInFileSystem(FileSystem fileSystem, Dentry dentry) {
        while (true) {
            long moves = fileSystem.moves();
            Way way = new Way();
            way.climb(fileSystem, dentry, null);
            if (moves == fileSystem.moves()) {
                return way.finish();
            }
        }
    }

    /** Whether a dentry is another one or beneath it (the kernel's {@code is_subdir}). */
    static boolean isBelow(FileSystem fileSystem, Dentry dentry, Dentry above) {
        while (true) {
            long moves = fileSystem.moves();
            Dentry at = dentry;
            while (at != null && at != above) {
                at = fileSystem.parentOf(at);
            }
            if (moves == fileSystem.moves()) {
                return at == above;
            }
        }
    }

    /** Whether a place is a root or beneath it, also by way of mounts. */
    static boolean isReachable(Mount mount, Dentry dentry, VirtualDentry root) {
        Mount at = mount;
        Dentry place = dentry;
        while (at != root.mount()) {
            VirtualDentry point = at.point();
            if (point == null) {
                return false;
            }
            at = point.mount();
            place = point.dentry();
        }
        return isBelow(at.fileSystem(), place, root.dentry());
    }

    private static byte[] concat(byte[] one, byte[] other) {
        byte[] both = new byte[one.length + other.length];
        System.arraycopy(one, 0, both, 0, one.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    /** The names on the way up, the uppermost first. */
    private static final class Way {
        private final Deque<Name> names = new ArrayDeque<>();
        private int length;
        private boolean reaches;
        private byte[] path = {};

        static Way up(VirtualDentry root, VirtualDentry place) {
            Way way = new Way();
            Mount mount = place.mount();
            Dentry dentry = place.dentry();
            while (true) {
                Dentry top = mount == root.mount() ? root.dentry() : null;
                FileSystem fileSystem = mount.fileSystem();
                int count = way.names.size();
                long moves = fileSystem.moves();
                Dentry end = way.climb(fileSystem, dentry, top, mount.root().dentry());
                if (moves != fileSystem.moves()) {
                    way.drop(count);
                    continue;
                }
                VirtualDentry point = mount.point();
                if (end == top && top != null) {
                    way.reaches = true;
                    break;
                }
                if (point == null || end != mount.root().dentry()) {
                    break;
                }
                mount = point.mount();
                dentry = point.dentry();
            }
            way.path = way.finish();
            return way;
        }

        /** Goes up until one of two dentries or the root of the file system; returns where it ends. */
        private Dentry climb(FileSystem fileSystem, Dentry from, @Nullable Dentry top, @Nullable Dentry mountRoot) {
            Dentry at = from;
            while (at != top && at != mountRoot) {
                Dentry parent = fileSystem.parentOf(at);
                if (parent == null) {
                    break;
                }
                push(fileSystem.nameOf(at));
                at = parent;
            }
            return at;
        }

        private void climb(FileSystem fileSystem, Dentry from, @Nullable Dentry top) {
            climb(fileSystem, from, top, null);
        }

        private void push(Name name) {
            names.push(name);
            length += 1 + name.length();
        }

        private void drop(int count) {
            while (names.size() > count) {
                length -= 1 + names.pop().length();
            }
        }

        private byte[] finish() {
            if (names.isEmpty()) {
                return new byte[] {'/'};
            }
            byte[] bytes = new byte[length];
            int position = 0;
            for (Name name : names) {
                bytes[position++] = '/';
                System.arraycopy(name.padded, 0, bytes, position, name.length());
                position += name.length();
            }
            return bytes;
        }
    }
}
