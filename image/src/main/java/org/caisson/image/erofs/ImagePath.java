package org.caisson.image.erofs;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.caisson.vfs.Name;

/**
 * The components of a path as archives have it, one after the other: slashes at the beginning, at the end and in a row count for nothing,
 * nor does {@code .}. Never leads above the root.
 */
final class ImagePath {
    private final byte[] bytes;
    private int start;
    private int end;

    /** The first component is the present one. {@code ..}, NUL and components of more than 255 bytes are refused, wherever they are. */
    ImagePath(byte[] bytes) throws ErofsFormatException {
        this.bytes = bytes;
        while (next()) {
            check();
        }
        end = 0;
        next();
    }

    private void check() throws ErofsFormatException {
        int length = end - start;
        if (length == 2 && bytes[start] == '.' && bytes[start + 1] == '.') {
            throw new ErofsFormatException(this + ": leads out of the tree");
        }
        if (length > Name.MAX) {
            throw new ErofsFormatException(this + ": a name of more than " + Name.MAX + " bytes");
        }
        for (int i = start; i < end; i++) {
            if (bytes[i] == 0) {
                throw new ErofsFormatException(this + ": has a NUL in it");
            }
        }
    }

    byte[] bytes() {
        return bytes;
    }

    /** Where the present component begins. */
    int start() {
        return start;
    }

    int length() {
        return end - start;
    }

    /** Whether there is no present component: the path, or what was left of it, is the directory itself. */
    boolean isEmpty() {
        return start == end;
    }

    /** Whether no component follows the present one. */
    boolean isLast() {
        return nextStart(end) == bytes.length;
    }

    private int nextStart(int from) {
        int at = from;
        while (at < bytes.length) {
            if (bytes[at] == '/') {
                at++;
            } else if (bytes[at] == '.' && (at + 1 == bytes.length || bytes[at + 1] == '/')) {
                at++;
            } else {
                break;
            }
        }
        return at;
    }

    /** Goes on to the next component; false if there is none. */
    boolean next() {
        start = nextStart(end);
        end = start;
        while (end < bytes.length && bytes[end] != '/') {
            end++;
        }
        return start != end;
    }

    /** Whether the present component begins with some bytes. */
    boolean startsWith(byte[] prefix) {
        return length() >= prefix.length
                && Arrays.equals(bytes, start, start + prefix.length, prefix, 0, prefix.length);
    }

    @Override
    public String toString() {
        return new String(bytes, StandardCharsets.UTF_8).replace('\0', '?');
    }
}
