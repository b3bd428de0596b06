package org.caisson.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A cursor over {@code struct linux_dirent64} records ({@code getdents64(2)}) in a buffer. */
public final class DirectoryEntries {
    public static final int D_INO = 0;
    public static final int D_OFF = 8;
    public static final int D_RECLEN = 16;
    public static final int D_TYPE = 18;
    public static final int D_NAME = 19;

    private final MemorySegment buffer;
    private final long length;
    private long current;
    private long next;

    /** Records in the first {@code length} bytes, as {@link FileCalls#getdents} answered. */
    public DirectoryEntries(MemorySegment buffer, long length) {
        this.buffer = buffer;
        this.length = length;
    }

    /** Steps to the next record; false at the end. */
    public boolean next() {
        if (next >= length) {
            return false;
        }
        current = next;
        next += buffer.get(ValueLayout.JAVA_SHORT_UNALIGNED, current + D_RECLEN) & 0xffff;
        return true;
    }

    public long inode() {
        return buffer.get(ValueLayout.JAVA_LONG_UNALIGNED, current + D_INO);
    }

    /** The position after this record, for {@code lseek}. */
    public long offset() {
        return buffer.get(ValueLayout.JAVA_LONG_UNALIGNED, current + D_OFF);
    }

    /** {@code DT_*}: the file type of a mode, shifted right by twelve; 0 if the file system does not say. */
    public int type() {
        return buffer.get(ValueLayout.JAVA_BYTE, current + D_TYPE);
    }

    /** The name's bytes. */
    public byte[] name() {
        return HostMemory.cString(buffer.asSlice(current + D_NAME, next - current - D_NAME));
    }

    /** Where in the buffer the name begins. */
    public long nameOffset() {
        return current + D_NAME;
    }

    /** How many bytes the name has. */
    public int nameLength() {
        int length = 0;
        long most = next - current - D_NAME;
        while (length < most && buffer.get(ValueLayout.JAVA_BYTE, current + D_NAME + length) != 0) {
            length++;
        }
        return length;
    }
}
