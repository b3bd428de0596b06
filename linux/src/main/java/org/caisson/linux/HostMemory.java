package org.caisson.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * This process's own memory by raw address. Nothing is checked: an address that is not mapped ends the JVM. It is for
 * structs whose place came from the kernel or from native memory that the caller owns.
 */
public final class HostMemory {
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private HostMemory() {}

    /** The address of a native segment; a segment on the heap has none that the kernel could use. */
    public static long address(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("the segment is on the heap");
        }
        return segment.address();
    }

    /** A segment over {@code size} bytes at an address. */
    public static MemorySegment segment(long address, long size) {
        return ALL.asSlice(address, size);
    }

    public static byte getByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address);
    }

    public static short getShort(long address) {
        return ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, address);
    }

    public static int getInt(long address) {
        return ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address);
    }

    public static long getLong(long address) {
        return ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address);
    }

    public static void putByte(long address, byte value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, value);
    }

    public static void putShort(long address, short value) {
        ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, address, value);
    }

    public static void putInt(long address, int value) {
        ALL.set(ValueLayout.JAVA_INT_UNALIGNED, address, value);
    }

    public static void putLong(long address, long value) {
        ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, address, value);
    }

    /** Copies out of memory into an array. */
    public static void get(long address, byte[] destination, int offset, int length) {
        MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, address, destination, offset, length);
    }

    /** Copies an array into memory. */
    public static void put(long address, byte[] source, int offset, int length) {
        MemorySegment.copy(source, offset, ALL, ValueLayout.JAVA_BYTE, address, length);
    }

    /** The bytes up to a NUL, at most {@code limit} of them. */
    public static byte[] cString(long address, int limit) {
        int length = 0;
        while (length < limit && getByte(address + length) != 0) {
            length++;
        }
        byte[] bytes = new byte[length];
        get(address, bytes, 0, length);
        return bytes;
    }

    /** The bytes of a segment up to its NUL, or all of it. */
    public static byte[] cString(MemorySegment segment) {
        long length = 0;
        while (length < segment.byteSize() && segment.get(ValueLayout.JAVA_BYTE, length) != 0) {
            length++;
        }
        byte[] bytes = new byte[Math.toIntExact(length)];
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
        return bytes;
    }

    /** As {@link #cString(MemorySegment)}, for words meant for people: what is not UTF-8 becomes U+FFFD. */
    public static String text(MemorySegment segment) {
        return new String(cString(segment), StandardCharsets.UTF_8);
    }
}
