package org.caisson.cli;

import java.io.PrintStream;
import org.caisson.runtime.spec.JsonWriter;
import org.caisson.vfs.difference.TreeChange;

/** Changes of a tree as they are found, as {@code docker diff} prints them: A, C or D and the path; or as a JSON array. */
final class ChangeLines {
    private final PrintStream out;
    private final boolean json;
    private boolean begun;

    ChangeLines(PrintStream out, boolean json) {
        this.out = out;
        this.json = json;
    }

    void add(TreeChange change) {
        String path = PathText.of(change.path());
        if (!json) {
            out.append(kind(change)).append(' ').append(path).append('\n');
            return;
        }
        out.append(begun ? ",\n" : "[");
        begun = true;
        out.append(new JsonWriter()
                .beginObject()
                .field("kind", kind(change))
                .field("path", path)
                .endObject()
                .toString());
    }

    void end() {
        if (json) {
            out.append(begun ? "]\n" : "[]\n");
        }
    }

    private static String kind(TreeChange change) {
        return switch (change) {
            case TreeChange.Added _ -> "A";
            case TreeChange.Linked linked -> linked.before() == null ? "A" : "C";
            case TreeChange.Removed _ -> "D";
            case TreeChange.Replaced _, TreeChange.Modified _, TreeChange.Kept _ -> "C";
        };
    }
}
