package org.caisson.cli;

import java.nio.charset.StandardCharsets;
import org.caisson.vfs.TreePath;

/** Paths in trees that strangers made, for people: what a terminal would take for more than text is in octal, as {@code ls -b} has it. */
final class PathText {
    private static final int FIRST_PRINTABLE = 0x20;
    private static final int DELETE = 0x7f;

    private PathText() {}

    /** From the top of the tree, with a slash before it. */
    static String of(TreePath path) {
        return path.isRoot() ? "/" : "/" + escaped(path.toByteArray());
    }

    /** Bytes that are no UTF-8 are escaped, too, so that different names look different. */
    static String escaped(byte[] name) {
        String text = new String(name, StandardCharsets.UTF_8);
        boolean whole = text.indexOf('\uFFFD') < 0;
        StringBuilder out = new StringBuilder(name.length);
        if (whole) {
            text.chars().forEach(c -> {
                if (c < FIRST_PRINTABLE || (c >= DELETE && c < 0xA0)) {
                    octal(out, c);
                } else {
                    out.append((char) c);
                }
            });
            return out.toString();
        }
        for (byte one : name) {
            int c = one & 0xff;
            if (c < FIRST_PRINTABLE || c >= DELETE) {
                octal(out, c);
            } else {
                out.append((char) c);
            }
        }
        return out.toString();
    }

    private static void octal(StringBuilder out, int c) {
        out.append('\\').append((char) ('0' + (c >> 6))).append((char) ('0' + (c >> 3 & 7)));
        out.append((char) ('0' + (c & 7)));
    }
}
