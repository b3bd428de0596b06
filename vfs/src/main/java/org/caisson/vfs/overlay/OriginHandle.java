package org.caisson.vfs.overlay;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.caisson.linux.FileHandles;
import org.caisson.vfs.LastingHandle;
import org.jspecify.annotations.Nullable;

/**
 * {@code struct ovl_fb} of the kernel's overlayfs: by what a file that was copied up knows what it was copied from. The kernel decodes it
 * when it mounts the same layers, and so shows the same inode number as before.
 */
final class OriginHandle {
    private static final byte VERSION = 0;
    private static final byte MAGIC = (byte) 0xFB;
    private static final byte BIG_ENDIAN = 1;
    private static final byte ANY_ENDIAN = 2;
    private static final byte OURS = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? BIG_ENDIAN : 0;
    private static final int UUID_AT = 5;

    /** Where the type is in a {@code struct file_handle}, and where the handle begins. */
    private static final int TYPE_AT = 4;

    private static final int BYTES_AT = 8;

    /** What the byte that says the length can say. */
    private static final int MOST = 255;

    private OriginHandle() {}

    /** The value of the attribute; nothing if the handle does not fit it. */
    static byte[] of(LastingHandle handle) {
        byte[] uuid = handle.fileSystem();
        byte[] file = handle.file();
        int type = MemorySegment.ofArray(file).get(ValueLayout.JAVA_INT_UNALIGNED, TYPE_AT);
        int bytes = file.length - BYTES_AT;
        int length = UUID_AT + uuid.length + bytes;
        if (length > MOST || type != (type & 0xFF)) {
            return new byte[0];
        }
        byte[] value = new byte[length];
        value[0] = VERSION;
        value[1] = MAGIC;
        value[2] = (byte) length;
        value[3] = OURS;
        value[4] = (byte) type;
        System.arraycopy(uuid, 0, value, UUID_AT, uuid.length);
        System.arraycopy(file, BYTES_AT, value, UUID_AT + uuid.length, bytes);
        return value;
    }

    /** The handle that an attribute holds, as the kernel's {@code ovl_check_fb_len} has it; null if there is none, or none of this machine's. */
    static @Nullable LastingHandle parse(byte[] value) {
        int bytes = value.length - UUID_AT - FileHandles.UUID_SIZE;
        if (bytes <= 0
                || value[0] != VERSION
                || value[1] != MAGIC
                || value[2] != (byte) value.length
                || (value[3] & ~(BIG_ENDIAN | ANY_ENDIAN)) != 0
                || ((value[3] & ANY_ENDIAN) == 0 && value[3] != OURS)) {
            return null;
        }
        byte[] uuid = Arrays.copyOfRange(value, UUID_AT, UUID_AT + FileHandles.UUID_SIZE);
        byte[] file = new byte[BYTES_AT + bytes];
        MemorySegment.ofArray(file).set(ValueLayout.JAVA_INT_UNALIGNED, 0, bytes);
        MemorySegment.ofArray(file).set(ValueLayout.JAVA_INT_UNALIGNED, TYPE_AT, value[4] & 0xFF);
        System.arraycopy(value, UUID_AT + FileHandles.UUID_SIZE, file, BYTES_AT, bytes);
        return new LastingHandle(uuid, file);
    }
}
