package org.caisson.nio;

import java.io.IOException;
import java.net.URI;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A path of Linux: elements of any bytes but slash and NUL, after a slash if it is absolute. Immutable. */
final class CaissonPath implements Path {
    private static final byte[] DOT = {'.'};

    private final CaissonFileSystem fileSystem;

    /** Without two slashes in a row or one at the end, so that equal paths have equal bytes. */
    private final byte[] bytes;

    /** Where each element begins; made when first asked for. */
    private volatile int @Nullable [] starts;

    // Made when first asked for; a race costs a second one.
    private @Nullable String text;
    private int hash;

    private CaissonPath(CaissonFileSystem fileSystem, byte[] bytes) {
        this.fileSystem = fileSystem;
        this.bytes = bytes;
    }

    /** A path of bytes, with whatever slashes; the array is taken over. */
    static CaissonPath of(CaissonFileSystem fileSystem, byte[] bytes) {
        return new CaissonPath(fileSystem, withoutSpareSlashes(bytes));
    }

    /** One of ours. */
    static CaissonPath of(Path path) {
        if (Objects.requireNonNull(path, "path is null") instanceof CaissonPath ours) {
            return ours;
        }
        throw new ProviderMismatchException();
    }

    private static byte[] withoutSpareSlashes(byte[] bytes) {
        int kept = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (!isSpare(bytes, i)) {
                kept++;
            }
        }
        if (kept == bytes.length) {
            return bytes;
        }
        byte[] clean = new byte[kept];
        int position = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (!isSpare(bytes, i)) {
                clean[position++] = bytes[i];
            }
        }
        return clean;
    }

    /** Whether a byte is a slash that another slash or the end follows; the first one of a root is kept. */
    private static boolean isSpare(byte[] bytes, int index) {
        if (bytes[index] != '/') {
            return false;
        }
        if (index == 0) {
            return false;
        }
        if (bytes[index - 1] == '/') {
            return true;
        }
        int next = index + 1;
        while (next < bytes.length && bytes[next] == '/') {
            next++;
        }
        return next == bytes.length;
    }

    /** The bytes, which must not be changed. */
    byte[] bytes() {
        return bytes;
    }

    /** What is handed to the virtual file system: the empty path means the directory that paths start from. */
    byte[] bytesForCalls() {
        return bytes.length == 0 ? DOT : bytes;
    }

    private CaissonPath with(byte[] other) {
        return new CaissonPath(fileSystem, other);
    }

    private int[] starts() {
        int[] known = starts;
        if (known == null) {
            known = findStarts();
            starts = known;
        }
        return known;
    }

    private int[] findStarts() {
        if (bytes.length == 0) {
            return new int[1];
        }
        int count = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (isStart(i)) {
                count++;
            }
        }
        int[] found = new int[count];
        int position = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (isStart(i)) {
                found[position++] = i;
            }
        }
        return found;
    }

    private boolean isStart(int index) {
        return bytes[index] != '/' && (index == 0 || bytes[index - 1] == '/');
    }

    private int end(int[] known, int index) {
        return index + 1 == known.length ? bytes.length : known[index + 1] - 1;
    }

    /** Whether the last element is a dot, or there is none. */
    boolean isDot() {
        int length = bytes.length;
        return length == 0 || (bytes[length - 1] == '.' && (length == 1 || bytes[length - 2] == '/'));
    }

    boolean isEmpty() {
        return bytes.length == 0;
    }

    @Override
    public CaissonFileSystem getFileSystem() {
        return fileSystem;
    }

    @Override
    public boolean isAbsolute() {
        return bytes.length > 0 && bytes[0] == '/';
    }

    @Override
    public @Nullable CaissonPath getRoot() {
        return isAbsolute() ? fileSystem.rootDirectory() : null;
    }

    @Override
    public @Nullable CaissonPath getFileName() {
        int[] known = starts();
        if (known.length == 0) {
            return null;
        }
        int last = known[known.length - 1];
        return last == 0 ? this : with(Arrays.copyOfRange(bytes, last, bytes.length));
    }

    @Override
    public @Nullable CaissonPath getParent() {
        int[] known = starts();
        if (known.length == 0) {
            return null;
        }
        int length = known[known.length - 1] - 1;
        return length <= 0 ? getRoot() : with(Arrays.copyOf(bytes, length));
    }

    @Override
    public int getNameCount() {
        return starts().length;
    }

    @Override
    public CaissonPath getName(int index) {
        return subpath(index, index + 1);
    }

    @Override
    public CaissonPath subpath(int beginIndex, int endIndex) {
        int[] known = starts();
        if (beginIndex < 0 || beginIndex >= endIndex || endIndex > known.length) {
            throw new IllegalArgumentException("no elements " + beginIndex + " to " + endIndex + " in " + this);
        }
        return with(Arrays.copyOfRange(bytes, known[beginIndex], end(known, endIndex - 1)));
    }

    @Override
    public boolean startsWith(Path other) {
        if (!(Objects.requireNonNull(other, "other is null") instanceof CaissonPath that)
                || that.fileSystem != fileSystem) {
            return false;
        }
        int length = that.bytes.length;
        if (length == 0 || bytes.length <= length) {
            return Arrays.equals(bytes, that.bytes);
        }
        boolean atBoundary = that.bytes[length - 1] == '/' || bytes[length] == '/';
        return atBoundary && Arrays.equals(bytes, 0, length, that.bytes, 0, length);
    }

    @Override
    public boolean endsWith(Path other) {
        if (!(Objects.requireNonNull(other, "other is null") instanceof CaissonPath that)
                || that.fileSystem != fileSystem) {
            return false;
        }
        int from = bytes.length - that.bytes.length;
        if (from <= 0 || that.bytes.length == 0 || that.isAbsolute()) {
            return Arrays.equals(bytes, that.bytes);
        }
        return bytes[from - 1] == '/' && Arrays.equals(bytes, from, bytes.length, that.bytes, 0, that.bytes.length);
    }

    @Override
    public CaissonPath normalize() {
        int[] known = starts();
        if (bytes.length == 0 || !hasDots(known)) {
            return this;
        }
        int[] kept = new int[known.length];
        int depth = 0;
        for (int i = 0; i < known.length; i++) {
            if (isDot(known, i)) {
                continue;
            }
            if (!isDotDot(known, i) || (depth == 0 && !isAbsolute())) {
                kept[depth++] = i;
            } else if (depth > 0) {
                if (isDotDot(known, kept[depth - 1])) {
                    kept[depth++] = i;
                } else {
                    depth--;
                }
            }
        }
        return depth == known.length ? this : ofElements(known, kept, depth);
    }

    private CaissonPath ofElements(int[] known, int[] kept, int count) {
        int length = isAbsolute() ? 1 : 0;
        for (int i = 0; i < count; i++) {
            length += end(known, kept[i]) - known[kept[i]] + (i > 0 ? 1 : 0);
        }
        byte[] result = new byte[length];
        int position = 0;
        for (int i = 0; i < count; i++) {
            if (i > 0 || isAbsolute()) {
                result[position++] = '/';
            }
            int start = known[kept[i]];
            int size = end(known, kept[i]) - start;
            System.arraycopy(bytes, start, result, position, size);
            position += size;
        }
        if (count == 0 && isAbsolute()) {
            result[0] = '/';
        }
        return with(result);
    }

    private boolean hasDots(int[] known) {
        for (int i = 0; i < known.length; i++) {
            if (isDot(known, i) || isDotDot(known, i)) {
                return true;
            }
        }
        return false;
    }

    private boolean isDot(int[] known, int index) {
        int start = known[index];
        return end(known, index) - start == 1 && bytes[start] == '.';
    }

    private boolean isDotDot(int[] known, int index) {
        int start = known[index];
        return end(known, index) - start == 2 && bytes[start] == '.' && bytes[start + 1] == '.';
    }

    @Override
    public CaissonPath resolve(Path other) {
        CaissonPath that = of(other);
        return that.isAbsolute() ? that : resolve(that.bytes);
    }

    /** A relative path below this one; the bytes are without spare slashes. */
    CaissonPath resolve(byte[] relative) {
        if (relative.length == 0) {
            return this;
        }
        if (bytes.length == 0) {
            return with(relative);
        }
        int slash = bytes[bytes.length - 1] == '/' ? 0 : 1;
        byte[] result = Arrays.copyOf(bytes, bytes.length + slash + relative.length);
        result[bytes.length + slash - 1] = '/';
        System.arraycopy(relative, 0, result, bytes.length + slash, relative.length);
        return with(result);
    }

    @Override
    public CaissonPath relativize(Path other) {
        CaissonPath that = of(other);
        if (that.fileSystem != fileSystem) {
            throw new IllegalArgumentException(that + " is of another file system than " + this);
        }
        if (that.equals(this)) {
            return with(new byte[0]);
        }
        if (that.isAbsolute() != isAbsolute()) {
            throw new IllegalArgumentException("only one of " + this + " and " + that + " is absolute");
        }
        if (isEmpty()) {
            return that;
        }
        if (hasDots(starts()) || that.hasDots(that.starts())) {
            return normalize().relativizeNormal(that.normalize());
        }
        return relativizeNormal(that);
    }

    private CaissonPath relativizeNormal(CaissonPath that) {
        int[] known = starts();
        int[] wanted = that.starts();
        int common = 0;
        while (common < known.length && common < wanted.length && sameElement(common, that)) {
            common++;
        }
        CaissonPath rest = common == wanted.length ? with(new byte[0]) : that.subpath(common, wanted.length);
        if (isEmpty()) {
            return rest;
        }
        int up = known.length - common;
        for (int i = common; i < known.length; i++) {
            if (isDotDot(known, i)) {
                throw new IllegalArgumentException("no relative path leads from " + this + " to " + that);
            }
        }
        int length = 3 * up + rest.bytes.length - (rest.isEmpty() && up > 0 ? 1 : 0);
        byte[] result = new byte[length];
        Arrays.fill(result, (byte) '.');
        for (int i = 0; i < up && 3 * i + 2 < length; i++) {
            result[3 * i + 2] = '/';
        }
        System.arraycopy(rest.bytes, 0, result, length - rest.bytes.length, rest.bytes.length);
        return with(result);
    }

    private boolean sameElement(int index, CaissonPath that) {
        int[] known = starts();
        int[] wanted = that.starts();
        return Arrays.equals(
                bytes, known[index], end(known, index), that.bytes, wanted[index], that.end(wanted, index));
    }

    @Override
    public CaissonPath toAbsolutePath() {
        return isAbsolute() ? this : fileSystem.rootDirectory().resolve(bytes);
    }

    @Override
    public CaissonPath toRealPath(LinkOption... options) throws IOException {
        return Options.follows(options) ? RealPath.following(this) : RealPath.notFollowing(this);
    }

    @Override
    public URI toUri() {
        return PathUri.of(this);
    }

    @Override
    public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers)
            throws IOException {
        if (Objects.requireNonNull(watcher, "watcher is null") instanceof CaissonWatchService ours) {
            return ours.register(this, events, modifiers);
        }
        throw new ProviderMismatchException();
    }

    @Override
    public int compareTo(Path other) {
        CaissonPath that = (CaissonPath) other;
        int order = Arrays.compareUnsigned(bytes, that.bytes);
        return order == 0 ? fileSystem.name().compareTo(that.fileSystem.name()) : order;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CaissonPath that && that.fileSystem == fileSystem && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        int known = hash;
        if (known == 0) {
            known = Arrays.hashCode(bytes);
            hash = known;
        }
        return known;
    }

    @Override
    public String toString() {
        String known = text;
        if (known == null) {
            known = PathText.decode(bytes);
            text = known;
        }
        return known;
    }
}
