package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A path from the root of a subtree: names with slashes between, of no bytes for the root itself. Immutable. */
public final class TreePath {
    /** The root of the subtree. */
    public static final TreePath ROOT = new TreePath(new byte[0]);

    private final byte[] bytes;

    private TreePath(byte[] bytes) {
        this.bytes = bytes;
    }

    /** A copy of the first bytes of an array: names with one slash between two. */
    public static TreePath of(byte[] source, int length) {
        return length == 0 ? ROOT : new TreePath(Arrays.copyOf(source, length));
    }

    /** The path of an entry of the directory that this is the path of. */
    public TreePath child(Name name) {
        int start = bytes.length == 0 ? 0 : bytes.length + 1;
        byte[] longer = Arrays.copyOf(bytes, start + name.length());
        if (start > 0) {
            longer[start - 1] = '/';
        }
        name.copyTo(MemorySegment.ofArray(longer), start);
        return new TreePath(longer);
    }

    /** Whether this is the root itself. */
    public boolean isRoot() {
        return bytes.length == 0;
    }

    /** The last name; {@link Name#EMPTY} for the root. */
    public Name name() {
        int start = bytes.length;
        while (start > 0 && bytes[start - 1] != '/') {
            start--;
        }
        return start == bytes.length ? Name.EMPTY : Name.of(bytes, start, bytes.length - start);
    }

    /** Whether this is the path of something in a directory, at any depth. */
    public boolean isBeneath(TreePath directory) {
        int length = directory.bytes.length;
        if (length == 0) {
            return bytes.length > 0;
        }
        return bytes.length > length
                && bytes[length] == '/'
                && Arrays.equals(bytes, 0, length, directory.bytes, 0, length);
    }

    /** The number of bytes. */
    public int length() {
        return bytes.length;
    }

    /** One byte of the path. */
    public byte byteAt(int index) {
        return bytes[index];
    }

    /** Writes the bytes to a segment. */
    public void copyTo(MemorySegment target, long offset) {
        MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, offset, bytes.length);
    }

    /** A copy of the bytes. */
    public byte[] toByteArray() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TreePath path && Arrays.equals(bytes, path.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** The path as text, for people: bytes that are not UTF-8 are replaced. */
    @Override
    public String toString() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
