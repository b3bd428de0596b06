package org.caisson.fuse.protocol;

/** {@code enum fuse_notify_code} of {@code <linux/fuse.h>}: stands in the error field of a reply whose {@code unique} is 0. */
public final class NotifyCode {
    public static final int POLL = 1;
    public static final int INVAL_INODE = 2;
    public static final int INVAL_ENTRY = 3;
    public static final int DELETE = 6;

    public static final int RESEND = 7;

    private NotifyCode() {}
}
