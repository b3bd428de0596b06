package org.caisson.emulation.trap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.linux.Scratch;
import org.jspecify.annotations.Nullable;

/**
 * {@code struct mount_attr} of {@code linux/mount.h}, without the user namespace of an id map, which no procfs or sysfs
 * takes.
 */
public record MountAttributes(long set, long clear, long propagation) {
    /** The attributes that are the same for a base and its parts. Access times are locked (mount_namespaces(7)). */
    public static final long CHANGEABLE = MountFlags.MOUNT_ATTR_RDONLY
            | MountFlags.MOUNT_ATTR_NOSUID
            | MountFlags.MOUNT_ATTR_NODEV
            | MountFlags.MOUNT_ATTR_NOEXEC
            | MountFlags.MOUNT_ATTR_NOSYMFOLLOW;

    /** Its first version; a later kernel's has more, which must be zero for us. */
    private static final int SIZE = 32;

    /** Copied from a caller, once; null for what is left to the kernel: what it refuses, and an id map. */
    static @Nullable MountAttributes of(Tracee tracee, long address, long size) throws ErrnoException {
        if (size < SIZE || size > Tracee.PAGE) {
            return null;
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment struct = tracee.bytes(address, (int) size, scratch);
            long set = struct.get(ValueLayout.JAVA_LONG, 0);
            for (long at = SIZE; at < size; at++) {
                if (struct.get(ValueLayout.JAVA_BYTE, at) != 0) {
                    return null;
                }
            }
            if ((set & MountFlags.MOUNT_ATTR_IDMAP) != 0) {
                return null;
            }
            return new MountAttributes(
                    set, struct.get(ValueLayout.JAVA_LONG, 8), struct.get(ValueLayout.JAVA_LONG, 16));
        }
    }

    /** Whether it changes anything that parts share with their base. */
    boolean reachesParts() {
        return ((set | clear) & CHANGEABLE) != 0;
    }
}
