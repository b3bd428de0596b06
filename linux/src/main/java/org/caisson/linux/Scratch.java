package org.caisson.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A thread's own stack of native memory for C strings and small structs that live as long as one system call.
 *
 * <p>{@code try (Scratch scratch = Scratch.open()) { … scratch.string(path) … }}: what was taken inside is free again
 * at the end, and such blocks nest. What does not fit the stack is served from an arena of its block, which ends with it.
 */
public final class Scratch implements AutoCloseable {
    private static final int CAPACITY = 32 * 1024;
    private static final ThreadLocal<@Nullable Scratch> CURRENT = new ThreadLocal<>();

    // Written and read only by the owning thread.
    private final MemorySegment stack = Arena.ofAuto().allocate(CAPACITY, 64);
    private long[] marks = new long[8];
    private int depth;
    private long top;

    /** By the depth of the block whose it is. */
    private @Nullable Arena[] overflows = new @Nullable Arena[8];

    private Scratch() {}

    /** The calling thread's scratch; everything taken from it is given back by the matching {@link #close}. */
    public static Scratch open() {
        Scratch scratch = CURRENT.get();
        if (scratch == null) {
            scratch = new Scratch();
            CURRENT.set(scratch);
        }
        if (scratch.depth == scratch.marks.length) {
            scratch.marks = Arrays.copyOf(scratch.marks, 2 * scratch.depth);
            scratch.overflows = Arrays.copyOf(scratch.overflows, 2 * scratch.depth);
        }
        scratch.marks[scratch.depth++] = scratch.top;
        return scratch;
    }

    /** Memory for a struct, aligned to eight bytes and zero. */
    public MemorySegment allocate(long size) {
        MemorySegment segment = take(size);
        segment.fill((byte) 0);
        return segment;
    }

    /** A C string in UTF-8. */
    public MemorySegment string(String text) {
        return string(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A C string of bytes that the kernel takes as they are. */
    public MemorySegment string(byte[] bytes) {
        for (byte b : bytes) {
            if (b == 0) {
                throw new IllegalArgumentException("a C string cannot hold a NUL byte");
            }
        }
        MemorySegment segment = take(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
        segment.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
        return segment;
    }

    /** A copy of bytes, without a NUL. */
    public MemorySegment bytes(byte[] bytes) {
        MemorySegment segment = take(bytes.length);
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return segment;
    }

    /** A NULL-ended array of C strings, as {@code execve(2)} takes it. */
    public MemorySegment strings(List<byte[]> strings) {
        MemorySegment array = allocate((strings.size() + 1L) * 8);
        long offset = 0;
        for (byte[] text : strings) {
            array.set(ValueLayout.JAVA_LONG, offset, string(text).address());
            offset += 8;
        }
        return array;
    }

    @Override
    public void close() {
        top = marks[--depth];
        Arena overflow = overflows[depth];
        if (overflow != null) {
            overflows[depth] = null;
            overflow.close();
        }
    }

    private MemorySegment take(long size) {
        long padded = (size + 7) & ~7;
        if (padded > CAPACITY - top) {
            Arena overflow = overflows[depth - 1];
            if (overflow == null) {
                overflow = Arena.ofConfined();
                overflows[depth - 1] = overflow;
            }
            return overflow.allocate(size, 8);
        }
        MemorySegment segment = stack.asSlice(top, size);
        top += padded;
        return segment;
    }
}
