package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** One option of a file system, as fsconfig(2) sets it. */
public sealed interface FileSystemParameter {
    /** The longest key and text, with the terminating NUL, that fsconfig(2) takes. */
    int LONGEST_TEXT = 256;

    /** The most bytes of a {@link Blob}. */
    int LARGEST_BLOB = 1024 * 1024;

    /** The option's name. */
    String key();

    /** An option without a value. */
    record Flag(String key) implements FileSystemParameter {}

    /** An option with a text. */
    record Text(String key, Name value) implements FileSystemParameter {}

    /** An option with bytes of any kind, at most {@link #LARGEST_BLOB}. */
    record Blob(String key, MemorySegment value) implements FileSystemParameter {}

    /** An option with a place that a path led to. */
    record Place(String key, VirtualDentry value) implements FileSystemParameter {}

    /** An option with an open file, which the caller closes when the file system has taken what it needs. */
    record Opened(String key, FileDescription value) implements FileSystemParameter {}

    /**
     * The options in the data of mount(2), separated by commas: {@code key} or {@code key=value}. There is no way to quote a comma
     * here; a type whose values may hold some parses its data itself.
     */
    static List<FileSystemParameter> parse(Name data) {
        List<FileSystemParameter> options = new ArrayList<>();
        byte[] bytes = data.toByteArray();
        int start = 0;
        while (start <= bytes.length) {
            int end = indexOf(bytes, ',', start, bytes.length);
            // The kernel passes over a value without a key.
            if (end > start && bytes[start] != '=') {
                options.add(parse(bytes, start, end));
            }
            start = end + 1;
        }
        return options;
    }

    private static FileSystemParameter parse(byte[] bytes, int start, int end) {
        int equals = indexOf(bytes, '=', start, end);
        String key = Name.of(bytes, start, equals - start).toString();
        return equals == end ? new Flag(key) : new Text(key, Name.of(bytes, equals + 1, end - equals - 1));
    }

    private static int indexOf(byte[] bytes, char wanted, int start, int end) {
        for (int i = start; i < end; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return end;
    }
}
