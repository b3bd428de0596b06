package org.caisson.runtime.stage;

/** The {@code MOUNT_ATTR_*} bits of mount_setattr(2), from {@code linux/mount.h}. */
public final class MountAttributes {
    public static final long READ_ONLY = 0x1;
    public static final long NO_SUID = 0x2;
    public static final long NO_DEVICES = 0x4;
    public static final long NO_EXEC = 0x8;
    /** All bits of the access-time choice; clear them before setting another. */
    public static final long ACCESS_TIME_MASK = 0x70;

    public static final long RELATIVE_ACCESS_TIME = 0x0;
    public static final long NO_ACCESS_TIME = 0x10;
    public static final long STRICT_ACCESS_TIME = 0x20;
    public static final long NO_DIRECTORY_ACCESS_TIME = 0x80;
    public static final long NO_SYMLINKS = 0x200000;

    private MountAttributes() {}
}
