package org.caisson.linux;

import static org.caisson.linux.Syscalls.call;
import static org.caisson.linux.Syscalls.check;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The calling thread's own credentials, of which Linux keeps a set a thread: libc would change those of the whole process. A change holds
 * until it is undone, for whatever runs on the thread next, so a user of these calls puts back what it found before it returns.
 */
public final class ThreadCredentials {
    /** {@code _LINUX_CAPABILITY_VERSION_3} of {@code linux/capability.h}. */
    private static final int VERSION_3 = 0x20080522;

    private static final int HEADER_SIZE = 8;
    private static final int DATA_SIZE = 24;
    private static final int HALF = 12;

    private ThreadCredentials() {}

    /** {@code setfsuid(2)}: answers the id before. Whether it changed is found out by asking with -1, which changes nothing. */
    public static int setfsuid(int uid) {
        return (int) call(SyscallNumbers.SETFSUID, uid);
    }

    /** {@code setfsgid(2)}: answers the id before. Whether it changed is found out by asking with -1, which changes nothing. */
    public static int setfsgid(int gid) {
        return (int) call(SyscallNumbers.SETFSGID, gid);
    }

    /** {@code setgroups(2)}; EPERM. */
    public static void setgroups(int[] groups) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment list = scratch.allocate(Math.max(1, groups.length) * (long) Integer.BYTES);
            MemorySegment.copy(groups, 0, list, ValueLayout.JAVA_INT, 0, groups.length);
            check(call(SyscallNumbers.SETGROUPS, groups.length, list.address()), "setgroups");
        }
    }

    /** {@code getgroups(2)}. */
    public static int[] getgroups() throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            int count = (int) check(call(SyscallNumbers.GETGROUPS, 0, 0), "getgroups");
            MemorySegment list = scratch.allocate(Math.max(1, count) * (long) Integer.BYTES);
            count = (int) check(call(SyscallNumbers.GETGROUPS, count, list.address()), "getgroups");
            return list.asSlice(0, count * (long) Integer.BYTES).toArray(ValueLayout.JAVA_INT);
        }
    }

    /** The three sets that {@code capset(2)} takes, as bits by the numbers of {@link Capabilities}. */
    public record CapabilitySets(long effective, long permitted, long inheritable) {}

    /** {@code capget(2)} of the calling thread. */
    public static CapabilitySets capget() throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment header = header(scratch);
            MemorySegment data = scratch.allocate(DATA_SIZE);
            check(call(SyscallNumbers.CAPGET, header.address(), data.address()), "capget");
            return new CapabilitySets(get(data, 0), get(data, 4), get(data, 8));
        }
    }

    /** {@code capset(2)} of the calling thread: 0 or a negated errno. EPERM for what is not permitted. */
    public static int capset(CapabilitySets sets) {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment header = header(scratch);
            MemorySegment data = scratch.allocate(DATA_SIZE);
            set(data, 0, sets.effective());
            set(data, 4, sets.permitted());
            set(data, 8, sets.inheritable());
            return (int) call(SyscallNumbers.CAPSET, header.address(), data.address());
        }
    }

    private static MemorySegment header(Scratch scratch) {
        MemorySegment header = scratch.allocate(HEADER_SIZE);
        header.set(ValueLayout.JAVA_INT, 0, VERSION_3);
        return header;
    }

    /** Low words of all three sets come before high ones. */
    private static long get(MemorySegment data, int offset) {
        long low = Integer.toUnsignedLong(data.get(ValueLayout.JAVA_INT, offset));
        long high = Integer.toUnsignedLong(data.get(ValueLayout.JAVA_INT, offset + HALF));
        return low | high << Integer.SIZE;
    }

    private static void set(MemorySegment data, int offset, long bits) {
        data.set(ValueLayout.JAVA_INT, offset, (int) bits);
        data.set(ValueLayout.JAVA_INT, offset + HALF, (int) (bits >>> Integer.SIZE));
    }
}
