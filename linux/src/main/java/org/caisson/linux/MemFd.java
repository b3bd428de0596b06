package org.caisson.linux;

import static org.caisson.linux.Syscalls.call;
import static org.caisson.linux.Syscalls.check;

/** Files that live in memory alone ({@code memfd_create(2)}). */
public final class MemFd {
    /** Seals of {@code fcntl(2)}. */
    public static final int F_SEAL_SEAL = 1;

    public static final int F_SEAL_SHRINK = 2;
    public static final int F_SEAL_GROW = 4;
    public static final int F_SEAL_WRITE = 8;

    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;

    private MemFd() {}

    /** An empty file that may be sealed; the name is for {@code /proc/PID/fd} only. */
    public static OwnedFd create(String name) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long address = scratch.string(name).address();
            long fd = call(SyscallNumbers.MEMFD_CREATE, address, MFD_CLOEXEC | MFD_ALLOW_SEALING);
            return OwnedFd.own((int) check(fd, "memfd_create", name));
        }
    }

    /** A file of these bytes that nobody can change any more. */
    public static OwnedFd sealed(String name, byte[] content) throws ErrnoException {
        OwnedFd fd = create(name);
        try {
            FileCalls.writeFully(fd.number(), content);
            FileCalls.lseek(fd.number(), 0, FileCalls.SEEK_SET);
            seal(fd.number(), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
            return fd;
        } catch (ErrnoException failure) {
            fd.close();
            throw failure;
        }
    }

    /** Adds seals. */
    public static void seal(int fd, int seals) throws ErrnoException {
        FileCalls.fcntl(fd, FileCalls.F_ADD_SEALS, seals);
    }
}
