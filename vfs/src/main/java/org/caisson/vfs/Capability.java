package org.caisson.vfs;

/** The capabilities that a file system asks for, as bits of a set; see capabilities(7). */
public final class Capability {
    public static final long CHOWN = 1L;
    public static final long DAC_OVERRIDE = 1L << 1;
    public static final long DAC_READ_SEARCH = 1L << 2;
    public static final long FOWNER = 1L << 3;
    public static final long FSETID = 1L << 4;
    public static final long LINUX_IMMUTABLE = 1L << 9;
    public static final long SYS_CHROOT = 1L << 18;
    public static final long SYS_ADMIN = 1L << 21;
    public static final long SYS_RESOURCE = 1L << 24;
    public static final long MKNOD = 1L << 27;
    public static final long SETFCAP = 1L << 31;

    /** Every capability up to CAP_CHECKPOINT_RESTORE. */
    public static final long ALL = (1L << 41) - 1;

    private Capability() {}
}
