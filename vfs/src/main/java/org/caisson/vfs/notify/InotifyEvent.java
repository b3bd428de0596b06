package org.caisson.vfs.notify;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.caisson.vfs.Name;
import org.jspecify.annotations.Nullable;

/**
 * What one {@code struct inotify_event} of {@code linux/inotify.h} says.
 *
 * @param watch the watch descriptor, -1 with IN_Q_OVERFLOW
 * @param mask bits of {@link org.caisson.linux.InotifyFlags}
 * @param cookie the same for the two ends of one move, else 0
 * @param name the entry of the watched directory that it is about; null if it is about the watched object
 */
public record InotifyEvent(
        int watch, int mask, int cookie, @Nullable Name name) {
    /** The bytes of the struct before the name. */
    public static final int HEADER = 16;

    private static final int MASK = 4;
    private static final int COOKIE = 8;
    private static final int LENGTH = 12;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    /** How many bytes read(2) gives: the name ends in a NUL and is padded to a multiple of the header. */
    public int size() {
        return HEADER + paddedName();
    }

    private int paddedName() {
        return name == null ? 0 : (name.length() + HEADER) & -HEADER;
    }

    /** Whether this tells nothing that the one before it does not: the kernel's {@code event_compare}, without cookies. */
    boolean repeats(InotifyEvent before) {
        return mask == before.mask && watch == before.watch && Objects.equals(name, before.name);
    }

    void writeTo(MemorySegment target, long at) {
        int padded = paddedName();
        target.set(INT, at, watch);
        target.set(INT, at + MASK, mask);
        target.set(INT, at + COOKIE, cookie);
        target.set(INT, at + LENGTH, padded);
        if (name != null) {
            target.asSlice(at + HEADER, padded).fill((byte) 0);
            name.copyTo(target, at + HEADER);
        }
    }

    /** Reads the event at a place of what read(2) gave; the next one is {@link #size} further on. */
    public static InotifyEvent readFrom(MemorySegment source, long at) {
        int padded = source.get(INT, at + LENGTH);
        int length = 0;
        while (length < padded && source.get(ValueLayout.JAVA_BYTE, at + HEADER + length) != 0) {
            length++;
        }
        return new InotifyEvent(
                source.get(INT, at),
                source.get(INT, at + MASK),
                source.get(INT, at + COOKIE),
                padded == 0 ? null : Name.of(source, at + HEADER, length));
    }
}
