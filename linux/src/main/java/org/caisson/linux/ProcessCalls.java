package org.caisson.linux;

import static org.caisson.linux.Syscalls.call;
import static org.caisson.linux.Syscalls.check;
import static org.caisson.linux.Syscalls.interrupted;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** System calls on processes. Each names its man page (section 2 where none is given). */
public final class ProcessCalls {
    /** Whom {@code waitid(2)} waits for. */
    public static final int P_ALL = 0;

    public static final int P_PID = 1;
    public static final int P_PGID = 2;
    public static final int P_PIDFD = 3;

    /** Options of {@code waitid(2)}. */
    public static final int WNOHANG = 1;

    public static final int WSTOPPED = 2;
    public static final int WEXITED = 4;
    public static final int WCONTINUED = 8;
    public static final int WNOWAIT = 0x01000000;

    /** Resources of {@code prlimit(2)}, from {@code asm-generic/resource.h}. */
    public static final int RLIMIT_CPU = 0;

    public static final int RLIMIT_FSIZE = 1;
    public static final int RLIMIT_DATA = 2;
    public static final int RLIMIT_STACK = 3;
    public static final int RLIMIT_CORE = 4;
    public static final int RLIMIT_RSS = 5;
    public static final int RLIMIT_NPROC = 6;
    public static final int RLIMIT_NOFILE = 7;
    public static final int RLIMIT_MEMLOCK = 8;
    public static final int RLIMIT_AS = 9;
    public static final int RLIMIT_LOCKS = 10;
    public static final int RLIMIT_SIGPENDING = 11;
    public static final int RLIMIT_MSGQUEUE = 12;
    public static final int RLIMIT_NICE = 13;
    public static final int RLIMIT_RTPRIO = 14;
    public static final int RLIMIT_RTTIME = 15;
    public static final long RLIM_INFINITY = -1;

    private static final int KCMP_FILE = 0;
    private static final int PIDFD_THREAD = 0x80;
    private static final int SIGINFO_SIZE = 128;
    private static final int SI_CODE = 8;
    private static final int SI_PID = 16;
    private static final int SI_STATUS = 24;
    private static final int PAGE = 4096;
    private static final int CPU_SET_SIZE = 1024;

    private ProcessCalls() {}

    /** {@code getrandom}: up to 256 random bytes, which come whole and without waiting once the system is up. ENOSYS, EINTR. */
    public static byte[] getrandom(int count) throws ErrnoException {
        if (count > 256) {
            throw new IllegalArgumentException("more bytes than come in one piece: " + count);
        }
        byte[] bytes = new byte[count];
        try (Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.allocate(count);
            long result;
            do {
                result = call(SyscallNumbers.GETRANDOM, buffer.address(), count, 0);
            } while (interrupted(result));
            check(result, "getrandom");
            MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, 0, count);
        }
        return bytes;
    }

    /** {@code pidfd_open}; close-on-exec as always. */
    public static OwnedFd pidfdOpen(int pid) throws ErrnoException {
        return OwnedFd.own((int) check(call(SyscallNumbers.PIDFD_OPEN, pid, 0), "pidfd_open", pid));
    }

    /** {@code pidfd_open} of a thread (PIDFD_THREAD, Linux 6.9); before, of a process's first thread only. */
    public static OwnedFd pidfdOpenThread(int tid) throws ErrnoException {
        long fd = call(SyscallNumbers.PIDFD_OPEN, tid, PIDFD_THREAD);
        return fd == -Errno.EINVAL.number() ? pidfdOpen(tid) : OwnedFd.own((int) check(fd, "pidfd_open", tid));
    }

    /** {@code pidfd_send_signal}; signal 0 only asks whether the process is there. */
    public static void pidfdSendSignal(int pidfd, int signal) throws ErrnoException {
        check(call(SyscallNumbers.PIDFD_SEND_SIGNAL, pidfd, signal, 0, 0), "pidfd_send_signal");
    }

    /** {@code pidfd_getfd}: a copy of another process's descriptor. */
    public static OwnedFd pidfdGetfd(int pidfd, int targetFd) throws ErrnoException {
        return OwnedFd.own((int) check(call(SyscallNumbers.PIDFD_GETFD, pidfd, targetFd, 0), "pidfd_getfd"));
    }

    /** {@code kcmp}: whether a descriptor of ours is a copy of a thread's. EBADF if either is none. */
    public static boolean isSameFile(int descriptor, int tid, int other) throws ErrnoException {
        return check(call(SyscallNumbers.KCMP, getpid(), tid, KCMP_FILE, descriptor, other), "kcmp") == 0;
    }

    /** {@code waitid}: null if {@link #WNOHANG} was given and nothing has happened. Waits on when interrupted. */
    public static @Nullable WaitStatus waitid(int idType, int id, int options) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment info = scratch.allocate(SIGINFO_SIZE);
            long result;
            do {
                result = call(SyscallNumbers.WAITID, idType, id, info.address(), options, 0);
            } while (interrupted(result));
            check(result, "waitid");
            int pid = info.get(ValueLayout.JAVA_INT, SI_PID);
            if (pid == 0) {
                return null;
            }
            return new WaitStatus(
                    pid, info.get(ValueLayout.JAVA_INT, SI_CODE), info.get(ValueLayout.JAVA_INT, SI_STATUS));
        }
    }

    /** Waits until a child ends, and reaps it. */
    public static WaitStatus waitForExit(int pid) throws ErrnoException {
        WaitStatus status = waitid(P_PID, pid, WEXITED);
        if (status == null) {
            throw new IllegalStateException("waitid answered without a child");
        }
        return status;
    }

    /** {@code posix_spawn(3)}: starts a program and answers its process id. */
    public static int spawn(SpawnRequest request) throws ErrnoException {
        return PosixSpawn.spawn(request);
    }

    /** {@code kill}. */
    public static void kill(int pid, int signal) throws ErrnoException {
        check(call(SyscallNumbers.KILL, pid, signal), "kill", pid);
    }

    /** {@code getrandom} into a part of a native segment, whole or in part if a signal came between; or a negated errno. */
    public static long getrandom(MemorySegment target, long at, long length) {
        Objects.checkFromIndexSize(at, length, target.byteSize());
        long result;
        do {
            result = call(SyscallNumbers.GETRANDOM, HostMemory.address(target) + at, length, 0);
        } while (interrupted(result));
        return result;
    }

    /** The soft and hard limit of a resource; {@link #RLIM_INFINITY} is none. Compare unsigned. */
    public record ResourceLimit(long soft, long hard) {}

    /** {@code prlimit} that asks; process 0 is the caller. */
    public static ResourceLimit prlimit(int pid, int resource) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment limit = scratch.allocate(16);
            check(call(SyscallNumbers.PRLIMIT64, pid, resource, 0, limit.address()), "prlimit");
            return new ResourceLimit(limit.get(ValueLayout.JAVA_LONG, 0), limit.get(ValueLayout.JAVA_LONG, 8));
        }
    }

    /** {@code prlimit} that sets; process 0 is the caller. */
    public static void setPrlimit(int pid, int resource, ResourceLimit limit) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment struct = scratch.allocate(16);
            struct.set(ValueLayout.JAVA_LONG, 0, limit.soft());
            struct.set(ValueLayout.JAVA_LONG, 8, limit.hard());
            check(call(SyscallNumbers.PRLIMIT64, pid, resource, struct.address(), 0), "prlimit");
        }
    }

    /** {@code getpid}. */
    public static int getpid() {
        return (int) call(SyscallNumbers.GETPID);
    }

    /** {@code gettid}: the host's number of the calling platform thread. */
    public static int gettid() {
        return (int) call(SyscallNumbers.GETTID);
    }

    /** {@code getuid}. */
    public static int getuid() {
        return (int) call(SyscallNumbers.GETUID);
    }

    /** {@code geteuid}. */
    public static int geteuid() {
        return (int) call(SyscallNumbers.GETEUID);
    }

    /** {@code getgid}. */
    public static int getgid() {
        return (int) call(SyscallNumbers.GETGID);
    }

    /** {@code setsid}: EPERM for the leader of a process group. */
    public static int setsid() throws ErrnoException {
        return (int) check(call(SyscallNumbers.SETSID), "setsid");
    }

    /** {@code process_vm_readv} of one range; fewer bytes than asked if the range ends in unmapped memory. */
    public static long processVmReadv(int pid, long remoteAddress, MemorySegment buffer) throws ErrnoException {
        return check(transfer(SyscallNumbers.PROCESS_VM_READV, pid, remoteAddress, buffer), "process_vm_readv", pid);
    }

    /** {@code process_vm_writev} of one range. */
    public static long processVmWritev(int pid, long remoteAddress, MemorySegment buffer) throws ErrnoException {
        return check(transfer(SyscallNumbers.PROCESS_VM_WRITEV, pid, remoteAddress, buffer), "process_vm_writev", pid);
    }

    /** {@code process_vm_readv} of one range to an address here: the length or {@code -errno}. */
    public static long processVmReadv(int pid, long remoteAddress, long address, long length) {
        return transfer(SyscallNumbers.PROCESS_VM_READV, pid, remoteAddress, address, length);
    }

    /**
     * A C string of another process, without its NUL, read page by page.
     *
     * @throws ErrnoException EFAULT for an address that is not mapped, ENAMETOOLONG if no NUL comes in {@code limit}
     *     bytes, ESRCH or EPERM as {@code process_vm_readv} has it
     */
    public static byte[] readCString(int pid, long remoteAddress, int limit) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.allocate(limit);
            int length = 0;
            while (length < limit) {
                long at = remoteAddress + length;
                long chunk = Math.min(limit - length, PAGE - (at & (PAGE - 1)));
                long result = transfer(SyscallNumbers.PROCESS_VM_READV, pid, at, buffer.address() + length, chunk);
                check(result, "read a string of process", pid);
                int end = length + (int) result;
                while (length < end && buffer.get(ValueLayout.JAVA_BYTE, length) != 0) {
                    length++;
                }
                if (length < end) {
                    return buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
                }
            }
            throw ErrnoException.of(Errno.ENAMETOOLONG, "read a string of process " + pid);
        }
    }

    /** {@code sched_getaffinity}: the numbers of the processors that a thread may run on; 0 is the caller. */
    public static int[] schedGetaffinity(int tid) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment set = scratch.allocate(CPU_SET_SIZE);
            long length = call(SyscallNumbers.SCHED_GETAFFINITY, tid, CPU_SET_SIZE, set.address());
            check(length, "sched_getaffinity");
            int[] processors = new int[(int) length * 8];
            int count = 0;
            for (int i = 0; i < processors.length; i++) {
                if ((set.get(ValueLayout.JAVA_BYTE, i >> 3) >> (i & 7) & 1) != 0) {
                    processors[count++] = i;
                }
            }
            return Arrays.copyOf(processors, count);
        }
    }

    /** {@code sched_getaffinity} as the kernel has it: fills in a thread's set and answers how many bytes that took. EINVAL, ESRCH. */
    public static int schedGetaffinity(int tid, MemorySegment set) throws ErrnoException {
        long address = HostMemory.address(set);
        return (int) check(call(SyscallNumbers.SCHED_GETAFFINITY, tid, set.byteSize(), address), "sched_getaffinity");
    }

    private static long transfer(int nr, int pid, long remoteAddress, MemorySegment buffer) {
        try {
            return transfer(nr, pid, remoteAddress, HostMemory.address(buffer), buffer.byteSize());
        } finally {
            Reference.reachabilityFence(buffer);
        }
    }

    private static long transfer(int nr, int pid, long remoteAddress, long address, long length) {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment vectors = scratch.allocate(32);
            vectors.set(ValueLayout.JAVA_LONG, 0, address);
            vectors.set(ValueLayout.JAVA_LONG, 8, length);
            vectors.set(ValueLayout.JAVA_LONG, 16, remoteAddress);
            vectors.set(ValueLayout.JAVA_LONG, 24, length);
            return call(nr, pid, vectors.address(), 1, vectors.address() + 16, 1, 0);
        }
    }
}
