package org.caisson.vfs.difference;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Stat;

/** All that makes up a tree, a line a name, to be compared with another tree's. Names of one file say which was the first. */
public final class TreeListing {
    private final TestTree tree;
    private final boolean sockets;
    private final Map<Long, String> firstNames = new HashMap<>();
    private final Map<String, String> lines = new TreeMap<>();

    private TreeListing(TestTree tree, boolean sockets) {
        this.tree = tree;
        this.sockets = sockets;
    }

    public static Map<String, String> of(TestTree tree) throws ErrnoException {
        return of(tree, true);
    }

    /** Perhaps without sockets. */
    public static Map<String, String> of(TestTree tree, boolean sockets) throws ErrnoException {
        TreeListing listing = new TreeListing(tree, sockets);
        listing.add("");
        return listing.lines;
    }

    private void add(String path) throws ErrnoException {
        Stat stat = tree.stat(path);
        int type = stat.mode & StatMode.S_IFMT;
        if (type == StatMode.S_IFSOCK && !sockets) {
            return;
        }
        StringBuilder line = new StringBuilder(Integer.toOctalString(stat.mode));
        line.append(' ').append(stat.uid).append(':').append(stat.gid);
        line.append(' ').append(stat.modifySeconds).append('.').append(stat.modifyNanos);
        String first = stat.isDirectory() ? null : firstNames.putIfAbsent(stat.inode, path);
        if (first != null) {
            line.append(" also ").append(first);
        }
        switch (type) {
            case StatMode.S_IFREG -> {
                byte[] data = tree.read(path);
                line.append(" size ").append(stat.size).append(" data ").append(Arrays.hashCode(data));
            }
            case StatMode.S_IFLNK -> line.append(" -> ").append(tree.readlink(path));
            case StatMode.S_IFCHR, StatMode.S_IFBLK -> line.append(" device ").append(stat.rdev);
            default -> {}
        }
        for (String name : tree.listXattr(path).stream().sorted().toList()) {
            line.append(' ').append(name).append('=');
            line.append(HexFormat.of().formatHex(tree.getXattr(path, name)));
        }
        lines.put("/" + path, line.toString());
        if (stat.isDirectory()) {
            for (String name : tree.list(path)) {
                add(path.isEmpty() ? name : path + "/" + name);
            }
        }
    }
}
