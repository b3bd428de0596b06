package org.caisson.vfs.overlay;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;

/** All that can be seen of a tree, a line a file, to be compared with another tree's. */
final class TreeDescription {
    /** Times set by tests are long before this; later ones are those of the test run, and not compared. */
    private static final long LONG_AGO = 1_000_000;

    private final TreeSide side;
    private final boolean directoryLinks;
    private final boolean times;
    private final Map<String, String> lines = new TreeMap<>();

    private TreeDescription(TreeSide side, boolean directoryLinks, boolean times) {
        this.side = side;
        this.directoryLinks = directoryLinks;
        this.times = times;
    }

    static Map<String, String> of(TreeSide side) throws ErrnoException {
        return of(side, true, true);
    }

    /** Perhaps without the link counts of directories, which tell in an overlay whether a directory was copied up, and without times. */
    static Map<String, String> of(TreeSide side, boolean directoryLinks, boolean times) throws ErrnoException {
        TreeDescription description = new TreeDescription(side, directoryLinks, times);
        side.actAs(0);
        description.add("");
        return description.lines;
    }

    private void add(String path) throws ErrnoException {
        TreeSide.Facts facts = side.stat(path);
        StringBuilder line = new StringBuilder();
        line.append(Integer.toOctalString(facts.mode()));
        line.append(' ').append(facts.uid()).append(':').append(facts.gid());
        if (directoryLinks || !StatMode.isDirectory(facts.mode())) {
            line.append(" links ").append(facts.links());
        }
        if (times && facts.modified() < LONG_AGO) {
            line.append(" modified ").append(facts.modified());
        }
        switch (facts.mode() & StatMode.S_IFMT) {
            case StatMode.S_IFREG -> addData(path, facts, line);
            case StatMode.S_IFLNK -> line.append(" -> ").append(side.readlink(path));
            case StatMode.S_IFDIR -> addEntries(path, line);
            default -> line.append(" device ").append(facts.rdev());
        }
        addAttributes(path, line);
        lines.put("/" + path, line.toString());
    }

    private void addData(String path, TreeSide.Facts facts, StringBuilder line) {
        line.append(" size ").append(facts.size());
        byte[] data;
        try {
            data = side.read(path);
        } catch (ErrnoException e) {
            line.append(" data ").append(e.errno());
            return;
        }
        line.append(" data ")
                .append(
                        data.length <= 40
                                ? new String(data, StandardCharsets.ISO_8859_1).replace('\0', '0')
                                : "#" + Arrays.hashCode(data));
    }

    private void addEntries(String path, StringBuilder line) throws ErrnoException {
        long number = side.stat(path).inode();
        List<TreeSide.Entry> entries;
        try {
            entries = side.list(path);
        } catch (ErrnoException e) {
            line.append(" entries ").append(e.errno());
            return;
        }
        for (TreeSide.Entry entry : entries) {
            if (entry.name().equals(".")) {
                line.append(entry.inode() == number ? "" : " odd .");
                continue;
            }
            if (entry.name().equals("..")) {
                continue;
            }
            String child = path.isEmpty() ? entry.name() : path + "/" + entry.name();
            TreeSide.Facts facts = side.stat(child);
            if (facts.mode() >>> 12 != entry.type()) {
                line.append(" odd type of ").append(entry.name());
            }
            if (facts.inode() != entry.inode()) {
                line.append(" odd number of ").append(entry.name());
            }
            add(child);
        }
    }

    private void addAttributes(String path, StringBuilder line) throws ErrnoException {
        Map<String, String> attributes = new TreeMap<>();
        for (String name : side.listXattr(path)) {
            attributes.put(name, attribute(path, name));
        }
        if (!attributes.isEmpty()) {
            line.append(' ').append(attributes);
        }
    }

    private String attribute(String path, String name) {
        try {
            return new String(side.getXattr(path, name), StandardCharsets.ISO_8859_1);
        } catch (ErrnoException e) {
            return e.errno().toString();
        }
    }
}
