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

    /**
     * {@code memfd_create(2)}: an empty file that may be sealed; the name, of 249 bytes at most (EINVAL), is for {@code /proc/PID/fd} only.
     * EMFILE, ENFILE, ENOMEM.
     */
    public static OwnedFd create(String name) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long address = scratch.string(name).address();
            long fd = call(SyscallNumbers.MEMFD_CREATE, address, MFD_CLOEXEC | MFD_ALLOW_SEALING);
            return OwnedFd.own((int) check(fd, "memfd_create", name));
        }
    }

    /** A file of these bytes that nobody can change any more. Errno as of {@link #create}, and ENOSPC. */
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

    /** F_ADD_SEALS of {@code fcntl(2)}. EPERM if sealing is over (F_SEAL_SEAL), EBUSY while the file is mapped to be written. */
    public static void seal(int fd, int seals) throws ErrnoException {
        FileCalls.fcntl(fd, FileCalls.F_ADD_SEALS, seals);
    }
}
