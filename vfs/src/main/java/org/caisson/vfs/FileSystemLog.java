package org.caisson.vfs;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What a file system has to say about its options, line by line, as reading the descriptor of fsopen(2) gives it: {@code e } for
 * errors, {@code w } for warnings, {@code i } for other news. The oldest lines make room for new ones. Safe for several threads.
 */
public final class FileSystemLog {
    private static final int LINES = 8;

    private final Deque<String> lines = new ArrayDeque<>();

    /** Nothing said yet. */
    public FileSystemLog() {}

    /** Says why an option or the whole is refused. */
    public void error(String text) {
        add("e " + text);
    }

    /** Says what is doubtful and goes on. */
    public void warn(String text) {
        add("w " + text);
    }

    /** Says what may be of interest. */
    public void inform(String text) {
        add("i " + text);
    }

    /** Says that a type does not know an option. */
    public void unknown(String type, String key) {
        error(type + ": Unknown parameter '" + key + "'");
    }

    /** Says that a value is none that an option can have. */
    public void badValue(String type, String key) {
        error(type + ": Bad value for '" + key + "'");
    }

    private synchronized void add(String line) {
        if (lines.size() == LINES) {
            lines.removeFirst();
        }
        lines.addLast(line);
    }

    /** Takes the oldest line, without its end; null if there is none (ENODATA). */
    public synchronized @Nullable String take() {
        return lines.pollFirst();
    }
}
