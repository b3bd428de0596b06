package org.caisson.vfs;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Builds the path that leads from a root to a place. */
final class PathBuilder {
    private PathBuilder() {}

    static byte[] pathOf(VirtualDentry root, VirtualDentry place) {
        Deque<Name> names = new ArrayDeque<>();
        Mount mount = place.mount();
        Dentry dentry = place.dentry();
        int length = 0;
        while (mount != root.mount() || dentry != root.dentry()) {
            if (dentry == mount.root().dentry()) {
                VirtualDentry point = mount.point();
                if (point == null) {
                    break;
                }
                mount = point.mount();
                dentry = point.dentry();
                continue;
            }
            @Nullable Dentry parent = mount.fileSystem().parentOf(dentry);
            if (parent == null) {
                break;
            }
            Name name = mount.fileSystem().nameOf(dentry);
            names.push(name);
            length += 1 + name.length();
            dentry = parent;
        }
        return join(names, length);
    }

    private static byte[] join(Deque<Name> names, int length) {
        if (names.isEmpty()) {
            return new byte[] {'/'};
        }
        byte[] path = new byte[length];
        int position = 0;
        for (Name name : names) {
            path[position++] = '/';
            System.arraycopy(name.padded, 0, path, position, name.length());
            position += name.length();
        }
        return path;
    }
}
