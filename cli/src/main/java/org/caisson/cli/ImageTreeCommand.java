package org.caisson.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.runtime.spec.JsonWriter;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreePath;
import org.caisson.vfs.difference.DifferenceOptions;
import org.caisson.vfs.difference.TreeChange;
import org.caisson.vfs.difference.TreeDifference;
import org.caisson.vfs.difference.TreeFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson image tree}: the files of an image, or of one of its layers. */
final class ImageTreeCommand extends ImageVerb {
    private static final int PERMISSIONS = 07777;
    private static final String LETTERS = "rwxrwxrwx";

    ImageTreeCommand() {
        super("tree");
    }

    @Override
    CommandSpec describe() {
        CommandSpec spec = Model.command(
                name(),
                "List the files of an image, or of one of its layers: type and permissions, owner, size, path. An"
                        + " image is as a container sees it; a layer says by whiteouts, devices of number 0, what it takes"
                        + " away.");
        addFormat(spec);
        spec.addOption(Model.value("N", "Go no more than N directories deep.", "--depth"));
        spec.addPositional(
                Model.operand("0", "1", "IMAGE", "An image, or IMAGE#N: its layer N alone, the lowest is 1."));
        spec.addPositional(Model.operand("1", "0..1", "PATH", "What is listed (default: everything)."));
        return spec;
    }

    @Override
    int run(Arguments given) throws UsageException, IOException {
        boolean json = Table.isJson(given.value("--format"));
        String depth = given.value("--depth");
        int most = depth == null
                ? Integer.MAX_VALUE
                : (int) Quantities.whole("--depth", depth, 0, "give how many directories deep, 0 or more");
        List<String> operands = given.operands();
        String below = operands.size() > 1 ? operands.get(1).replaceAll("^/+|/+$", "") : "";
        DifferenceOptions options = DifferenceOptions.DEFAULT.without(outside(below, most));
        try (ImageLayerName name = ImageLayerName.find(storeRoot(given), operands.getFirst());
                ImageFiles files = ImageFiles.open(name);
                TreeDifference all = TreeDifference.between(files.layers().empty(), files.tree(), options)) {
            print(all, below, json);
        }
        return 0;
    }

    /** What is neither on the way to a path nor beneath it, or too deep there. */
    private static Predicate<TreePath> outside(String below, int most) {
        byte[] bytes = below.getBytes(StandardCharsets.UTF_8);
        TreePath top = TreePath.of(bytes, bytes.length);
        return path -> {
            if (path.equals(top) || top.isBeneath(path)) {
                return false;
            }
            if (!path.isBeneath(top)) {
                return true;
            }
            int levels = 1;
            for (int i = top.length() + 1; i < path.length(); i++) {
                levels += path.byteAt(i) == '/' ? 1 : 0;
            }
            return levels > most;
        };
    }

    private static void print(TreeDifference all, String below, boolean json) throws IOException {
        PrintStream out = Output.buffered();
        byte[] bytes = below.getBytes(StandardCharsets.UTF_8);
        TreePath top = TreePath.of(bytes, bytes.length);
        boolean begun = false;
        TreeChange change = all.next();
        while (change != null) {
            TreePath path = change.path();
            if (path.equals(top) || path.isBeneath(top)) {
                switch (change) {
                    case TreeChange.Added added -> line(out, json, begun, path, added.file(), null);
                    case TreeChange.Modified modified -> line(out, json, begun, path, modified.file(), null);
                    case TreeChange.Kept kept -> line(out, json, begun, path, kept.file(), null);
                    case TreeChange.Linked linked -> {
                        // All whiteouts of a layer may be one file, which says nothing.
                        boolean whiteout = linked.file().stat().rdev == 0
                                && type(linked.file().stat()) == 'c';
                        line(out, json, begun, path, linked.file(), whiteout ? null : linked.target());
                    }
                    case TreeChange.Replaced _, TreeChange.Removed _ -> {
                        // There is nothing in the empty tree.
                    }
                }
                begun = true;
            }
            change = all.next();
        }
        if (json) {
            out.append(begun ? "]\n" : "[]\n");
        }
        out.flush();
        if (!begun) {
            throw new org.caisson.image.oci.ImageException("/" + below + " is not in the image");
        }
    }

    private static void line(
            PrintStream out, boolean json, boolean begun, TreePath path, TreeFile file, @Nullable TreePath link)
            throws ErrnoException {
        Stat stat = file.stat();
        String target = stat.isSymlink() ? PathText.escaped(file.target()) : "";
        if (!json) {
            out.append(type(stat)).append(permissions(stat)).append(' ');
            out.append(String.format("%9s %10s ", owner(stat), size(stat))).append(PathText.of(path));
            if (link != null) {
                out.append(" = ").append(PathText.of(link));
            } else if (stat.isSymlink()) {
                out.append(" -> ").append(target);
            }
            out.append('\n');
            return;
        }
        out.append(begun ? ",\n" : "[");
        JsonWriter writer = new JsonWriter().beginObject().field("path", PathText.of(path));
        writer.field("type", Character.toString(type(stat)));
        writer.field("mode", String.format("%04o", stat.mode & PERMISSIONS));
        writer.field("uid", Integer.toUnsignedLong(stat.uid)).field("gid", Integer.toUnsignedLong(stat.gid));
        writer.field("size", stat.size).field("modified", stat.modifySeconds);
        if (stat.isSymlink()) {
            writer.field("target", target);
        }
        if (link != null) {
            writer.field("link", PathText.of(link));
        }
        out.append(writer.endObject().toString());
    }

    private static String owner(Stat stat) {
        return Integer.toUnsignedString(stat.uid) + ":" + Integer.toUnsignedString(stat.gid);
    }

    /** Of a device its number, as {@code ls -l} has it. */
    private static String size(Stat stat) {
        return switch (stat.mode & StatMode.S_IFMT) {
            case StatMode.S_IFCHR, StatMode.S_IFBLK ->
                ((stat.rdev >>> 8) & 0xFFF) + ", " + ((stat.rdev & 0xFF) | ((stat.rdev >>> 12) & 0xFFF00));
            default -> Long.toString(stat.size);
        };
    }

    private static char type(Stat stat) {
        return switch (stat.mode & StatMode.S_IFMT) {
            case StatMode.S_IFDIR -> 'd';
            case StatMode.S_IFLNK -> 'l';
            case StatMode.S_IFCHR -> 'c';
            case StatMode.S_IFBLK -> 'b';
            case StatMode.S_IFIFO -> 'p';
            case StatMode.S_IFSOCK -> 's';
            default -> '-';
        };
    }

    private static String permissions(Stat stat) {
        char[] text = LETTERS.toCharArray();
        for (int i = 0; i < text.length; i++) {
            if ((stat.mode & (0400 >> i)) == 0) {
                text[i] = '-';
            }
        }
        mark(text, 2, (stat.mode & 04000) != 0, 's');
        mark(text, 5, (stat.mode & 02000) != 0, 's');
        mark(text, 8, (stat.mode & 01000) != 0, 't');
        return new String(text);
    }

    /** In capitals where the program may not be executed. */
    private static void mark(char[] text, int at, boolean set, char letter) {
        if (set) {
            text[at] = text[at] == '-' ? Character.toUpperCase(letter) : letter;
        }
    }
}
