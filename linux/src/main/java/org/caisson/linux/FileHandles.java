package org.caisson.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/** What the kernel finds a file by again, whatever its names: name_to_handle_at(2), and FS_IOC_GETFSUUID of ioctl(2). */
public final class FileHandles {
    /** How many bytes the UUID of a file system has. */
    public static final int UUID_SIZE = 16;

    /** MAX_HANDLE_SZ of {@code linux/exportfs.h}. */
    private static final int MOST = 128;

    private static final int BYTES_AT = 8;

    /** FS_IOC_GETFSUUID of {@code linux/fs.h}, which fills a {@code struct fsuuid2}: a length and so many bytes. */
    private static final int FS_IOC_GETFSUUID = 0x80111500;

    private FileHandles() {}

    /** The {@code struct file_handle} of an open file, by O_PATH also. EOPNOTSUPP where files cannot be found so. */
    public static byte[] of(int fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment handle = scratch.allocate(BYTES_AT + MOST);
            MemorySegment mount = scratch.allocate(Integer.BYTES);
            handle.set(JAVA_INT, 0, MOST);
            long outcome = Syscalls.call(
                    SyscallNumbers.NAME_TO_HANDLE_AT,
                    fd,
                    scratch.string("").address(),
                    handle.address(),
                    mount.address(),
                    AtFlags.AT_EMPTY_PATH);
            Syscalls.check(outcome, "name_to_handle_at");
            return handle.asSlice(0, BYTES_AT + handle.get(JAVA_INT, 0)).toArray(JAVA_BYTE);
        }
    }

    /**
     * Opens a file by its {@code struct file_handle} as a place only (O_PATH). ESTALE if it is no more, EPERM without CAP_DAC_READ_SEARCH.
     *
     * @param mount an open file of its file system, not of O_PATH
     */
    public static OwnedFd open(int mount, byte[] file) throws ErrnoException {
        if (file.length < BYTES_AT || file.length > BYTES_AT + MOST) {
            throw Errno.EINVAL.exception();
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment handle = scratch.allocate(file.length);
            MemorySegment.copy(file, 0, handle, JAVA_BYTE, 0, file.length);
            handle.set(JAVA_INT, 0, file.length - BYTES_AT);
            int flags = OpenFlags.O_PATH | OpenFlags.O_CLOEXEC;
            long fd = Syscalls.call(SyscallNumbers.OPEN_BY_HANDLE_AT, mount, handle.address(), flags);
            return OwnedFd.own((int) Syscalls.check(fd, "open_by_handle_at"));
        }
    }

    /** The UUID of the file system of an open file, which must not be of O_PATH; zeros if it has none. */
    public static byte[] uuidOf(int fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment told = scratch.allocate(1 + UUID_SIZE);
            try {
                FileCalls.ioctl(fd, FS_IOC_GETFSUUID, told.address());
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ENOTTY) {
                    throw e;
                }
            }
            return told.asSlice(1, UUID_SIZE).toArray(JAVA_BYTE);
        }
    }
}
