package org.caisson.vfs;

/** Attributes to change, as chmod(2), chown(2), truncate(2) and utimensat(2) do: a mutable struct with a mask. */
public final class SetStat {
    public static final int MODE = 1;
    public static final int UID = 1 << 1;
    public static final int GID = 1 << 2;
    public static final int SIZE = 1 << 3;
    public static final int ACCESS_TIME = 1 << 4;
    public static final int MODIFY_TIME = 1 << 5;
    /** Together with {@link #ACCESS_TIME}: the present moment, which a writer may set without owning the file. */
    public static final int ACCESS_NOW = 1 << 6;
    /** Together with {@link #MODIFY_TIME}: the present moment, which a writer may set without owning the file. */
    public static final int MODIFY_NOW = 1 << 7;

    /** That chown(2) was called, also where owner and group are to stay: it clears set-id bits. Implied by the two. */
    public static final int OWNER = 1 << 8;
    /** The file's change time; set by what applies a change, of no effect in a request. */
    static final int CHANGE_TIME = 1 << 9;

    /** Which of the fields are to be set. */
    public int mask;
    /** Permission bits; the type is ignored. */
    public int mode;

    public int uid;
    public int gid;
    public long size;
    public long accessSeconds;
    public int accessNanos;
    public long modifySeconds;
    public int modifyNanos;

    /** Asks for nothing. */
    public SetStat() {}

    /** Whether any of the fields is asked for. */
    public boolean has(int bits) {
        return (mask & bits) != 0;
    }

    /** Forgets everything asked for. */
    public void clear() {
        mask = 0;
    }
}
