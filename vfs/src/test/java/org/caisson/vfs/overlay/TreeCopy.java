package org.caisson.vfs.overlay;

import java.util.HashMap;
import java.util.Map;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;

/** Copies a tree with all that a layer of an overlay consists of: whiteouts, attributes, hard links. */
final class TreeCopy {
    private final TreeSide from;
    private final TreeSide to;
    private final Map<Long, String> linked = new HashMap<>();

    private TreeCopy(TreeSide from, TreeSide to) {
        this.from = from;
        this.to = to;
    }

    /** Both tops are there; the target is empty. */
    static void copy(TreeSide from, TreeSide to) throws ErrnoException {
        from.actAs(0);
        to.actAs(0);
        TreeCopy copy = new TreeCopy(from, to);
        copy.entries("");
        copy.attributes("", from.stat(""));
    }

    private void entries(String directory) throws ErrnoException {
        for (TreeSide.Entry entry : from.list(directory)) {
            if (entry.name().equals(".") || entry.name().equals("..")) {
                continue;
            }
            String path = directory.isEmpty() ? entry.name() : directory + "/" + entry.name();
            TreeSide.Facts facts = from.stat(path);
            String known = facts.links() > 1 ? linked.get(facts.inode()) : null;
            if (known != null) {
                to.link(known, path);
                continue;
            }
            make(path, facts);
            attributes(path, facts);
            if (!StatMode.isDirectory(facts.mode())) {
                linked.put(facts.inode(), path);
            }
        }
    }

    private void make(String path, TreeSide.Facts facts) throws ErrnoException {
        switch (facts.mode() & StatMode.S_IFMT) {
            case StatMode.S_IFDIR -> {
                to.mkdir(path, 0700);
                entries(path);
            }
            case StatMode.S_IFLNK -> to.symlink(from.readlink(path), path);
            case StatMode.S_IFREG -> {
                to.write(path, OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_WRONLY, 0600, 0, from.read(path));
                to.truncate(path, facts.size());
            }
            default -> to.mknod(path, facts.mode(), facts.rdev());
        }
    }

    private void attributes(String path, TreeSide.Facts facts) throws ErrnoException {
        to.chown(path, facts.uid(), facts.gid());
        for (String name : from.listXattr(path)) {
            to.setXattr(path, name, from.getXattr(path, name), 0);
        }
        if (!StatMode.isLink(facts.mode())) {
            to.chmod(path, facts.mode() & 07777);
        }
        to.times(path, facts.modified());
    }
}
