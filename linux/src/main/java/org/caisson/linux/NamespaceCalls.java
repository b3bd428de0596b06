package org.caisson.linux;

import static org.caisson.linux.Syscalls.call;
import static org.caisson.linux.Syscalls.check;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** System calls on namespaces ({@code namespaces(7)}); they change the calling thread alone. */
public final class NamespaceCalls {
    private static final int NS_GET_USERNS = 0xb701;
    private static final int NS_GET_PARENT = 0xb702;
    private static final int NS_GET_NSTYPE = 0xb703;
    private static final int NS_GET_OWNER_UID = 0xb704;
    private static final long NS_GET_PID_FROM_PIDNS = 0x8004b706L;
    private static final long NS_GET_PID_IN_PIDNS = 0x8004b708L;

    private NamespaceCalls() {}

    /** {@code unshare(2)}; a JVM's threads cannot leave their user namespace (EINVAL). */
    public static void unshare(int flags) throws ErrnoException {
        check(call(SyscallNumbers.UNSHARE, flags), "unshare");
    }

    /** {@code setns(2)}: {@code fd} is a namespace, or a pidfd with the kinds asked for in {@code flags}. */
    public static void setns(int fd, int flags) throws ErrnoException {
        check(call(SyscallNumbers.SETNS, fd, flags), "setns");
    }

    /** The user namespace that owns a namespace ({@code ioctl_ns(2)}); EPERM beyond the caller's own. */
    public static OwnedFd owningUserNamespace(int fd) throws ErrnoException {
        return OwnedFd.own((int) check(call(SyscallNumbers.IOCTL, fd, NS_GET_USERNS), "NS_GET_USERNS"));
    }

    /** The parent of a user or pid namespace ({@code ioctl_ns(2)}); EPERM beyond the caller's own. */
    public static OwnedFd parent(int fd) throws ErrnoException {
        return OwnedFd.own((int) check(call(SyscallNumbers.IOCTL, fd, NS_GET_PARENT), "NS_GET_PARENT"));
    }

    /** The kind of a namespace, one {@link CloneFlags} bit ({@code ioctl_ns(2)}). */
    public static int type(int fd) throws ErrnoException {
        return (int) check(call(SyscallNumbers.IOCTL, fd, NS_GET_NSTYPE), "NS_GET_NSTYPE");
    }

    /** The owner of a user namespace, as the caller's user namespace sees it ({@code ioctl_ns(2)}). */
    public static int ownerUid(int fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment uid = scratch.allocate(4);
            check(call(SyscallNumbers.IOCTL, fd, NS_GET_OWNER_UID, uid.address()), "NS_GET_OWNER_UID");
            return uid.get(ValueLayout.JAVA_INT, 0);
        }
    }

    /** The caller's number of the process that the pid namespace {@code fd} calls {@code pid}. */
    public static int pidFromNamespace(int fd, int pid) throws ErrnoException {
        return (int) check(call(SyscallNumbers.IOCTL, fd, NS_GET_PID_FROM_PIDNS, pid), "NS_GET_PID_FROM_PIDNS");
    }

    /** The number that the pid namespace {@code fd} has for the caller's {@code pid}. */
    public static int pidInNamespace(int fd, int pid) throws ErrnoException {
        return (int) check(call(SyscallNumbers.IOCTL, fd, NS_GET_PID_IN_PIDNS, pid), "NS_GET_PID_IN_PIDNS");
    }
}
