package org.caisson.emulation.agent;

/**
 * What can be ordered of the stage and the agent's workers: system calls, and at the end what takes more than one. The
 * order is that of the table in {@code orders.c}, which says what arguments each takes.
 */
public enum Call {
    OPENAT2,
    CLOSE_RANGE,
    WRITE,
    FCNTL,
    DUP3,
    IOCTL,
    IOCTL_BYTES,
    SOCKET,
    MKDIRAT,
    MKNODAT,
    SYMLINKAT,
    FCHOWNAT,
    FCHDIR,
    UMASK,
    FSOPEN,
    FSCONFIG_STRING,
    FSCONFIG_FLAG,
    FSCONFIG_COMMAND,
    FSMOUNT,
    OPEN_TREE,
    MOVE_MOUNT,
    MOUNT_SETATTR,
    PIVOT_ROOT,
    UMOUNT2,
    UNSHARE,
    SETNS,
    SETHOSTNAME,
    SETDOMAINNAME,
    PRCTL,
    SETGROUPS,
    SETRESGID,
    SETRESUID,
    CAPSET,
    SETSID,
    KEYCTL,
    SECCOMP,
    /** Closes what is in a slot. */
    CLOSE_SLOT,
    /** Fails with ENODEV unless a descriptor is a device of this type and number. */
    EXPECT_DEVICE,
    /** Makes the container's first process, which takes its orders next; the other becomes the agent. */
    FORK_FIRST,
    /** Hands the agent a procfs ({@code p}) or sysfs ({@code s}). */
    GIVE_AGENT,
    /** Answers a request with one or two descriptors: the last order of a worker that has some to give. */
    GIVE_RESULT,
    /** Goes on in a child, for whose end the parent waits. */
    FORK_WORKER,
    /** Calls made in a copy of the mount namespace of another owner, in which every mount is locked. */
    IN_COPY,
    RUN_HOOK,
    /** Hands over the listener and the terminal, and waits for the start. */
    SAY_READY,
    /** Goes on in a child; the parent stays as init. */
    RUN_INIT,
    DEFAULT_SIGNALS,
    DIE_WITH_PARENT,
    EXECUTE
}
