package org.caisson.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows of text in columns as wide as their widest cell; what would upset a terminal is shown as a question mark. */
final class Table {
    private static final int GAP = 3;

    private final List<String[]> rows = new ArrayList<>();

    Table(String... header) {
        rows.add(header);
    }

    void row(String... cells) {
        rows.add(cells);
    }

    /** Whether {@code --format} asks for JSON instead of a table. */
    static boolean isJson(@Nullable String format) throws UsageException {
        if (format == null || format.equals("table") || format.equals("text")) {
            return false;
        }
        if (format.equals("json")) {
            return true;
        }
        throw UsageException.invalid("--format", format, "table and json are known");
    }

    @Override
    public String toString() {
        int[] widths = new int[rows.getFirst().length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        StringBuilder out = new StringBuilder();
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                appendPrintable(out, row[i]);
                if (i < row.length - 1) {
                    out.repeat(' ', widths[i] - row[i].length() + GAP);
                }
            }
            out.append('\n');
        }
        return out.toString();
    }

    private static void appendPrintable(StringBuilder out, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            out.append(Character.isISOControl(c) ? '?' : c);
        }
    }
}
