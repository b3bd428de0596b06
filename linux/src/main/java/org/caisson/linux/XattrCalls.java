package org.caisson.linux;

import static org.caisson.linux.Syscalls.call;
import static org.caisson.linux.Syscalls.check;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Extended attributes ({@code xattr(7)}) by open descriptor or by path without following a last symbolic link. Those that take native
 * strings follow it, since that is how {@code /proc/self/fd/N} leads to the file of an O_PATH descriptor, and answer a negated errno: to
 * file systems a missing attribute is an ordinary answer.
 */
public final class XattrCalls {
    public static final int XATTR_CREATE = 1;
    public static final int XATTR_REPLACE = 2;

    /** XATTR_SIZE_MAX and XATTR_LIST_MAX of {@code linux/limits.h}. */
    private static final int VALUE_MAX = 65536;

    /** What most values and lists fit, and a thread's scratch too. */
    private static final int USUAL = 4096;

    private XattrCalls() {}

    /** {@code fgetxattr(2)}; ENODATA if there is none of the name, EOPNOTSUPP if there can be none. */
    public static byte[] fgetxattr(int fd, String name) throws ErrnoException {
        return value(SyscallNumbers.FGETXATTR, fd, null, name);
    }

    /** {@code lgetxattr(2)}; errno as of {@link #fgetxattr}, and those of path_resolution(7). */
    public static byte[] lgetxattr(String path, String name) throws ErrnoException {
        return value(SyscallNumbers.LGETXATTR, 0, path, name);
    }

    /**
     * {@code fsetxattr(2)}; EEXIST and ENODATA by {@link #XATTR_CREATE} and {@link #XATTR_REPLACE}, EPERM, EOPNOTSUPP, ENOSPC, ERANGE for
     * a name and E2BIG for a value that is too long.
     */
    public static void fsetxattr(int fd, String name, byte[] value, int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long nameAddress = scratch.string(name).address();
            long valueAddress = scratch.bytes(value).address();
            check(call(SyscallNumbers.FSETXATTR, fd, nameAddress, valueAddress, value.length, flags), "setxattr", name);
        }
    }

    /** {@code lsetxattr(2)}; errno as of {@link #fsetxattr}, and those of path_resolution(7). */
    public static void lsetxattr(String path, String name, byte[] value, int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long pathAddress = scratch.string(path).address();
            long nameAddress = scratch.string(name).address();
            long valueAddress = scratch.bytes(value).address();
            long result = call(SyscallNumbers.LSETXATTR, pathAddress, nameAddress, valueAddress, value.length, flags);
            check(result, "setxattr", path);
        }
    }

    /** {@code fremovexattr(2)}; ENODATA if there is none of the name, EPERM, EOPNOTSUPP. */
    public static void fremovexattr(int fd, String name) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            check(call(SyscallNumbers.FREMOVEXATTR, fd, scratch.string(name).address()), "removexattr", name);
        }
    }

    /** {@code lremovexattr(2)}; errno as of {@link #fremovexattr}, and those of path_resolution(7). */
    public static void lremovexattr(String path, String name) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long pathAddress = scratch.string(path).address();
            long result = call(
                    SyscallNumbers.LREMOVEXATTR,
                    pathAddress,
                    scratch.string(name).address());
            check(result, "removexattr", path);
        }
    }

    /** {@code flistxattr(2)}; EOPNOTSUPP where there are none. */
    public static List<String> flistxattr(int fd) throws ErrnoException {
        return split(read(SyscallNumbers.FLISTXATTR, fd, 0, "listxattr"));
    }

    /** {@code llistxattr(2)}; EOPNOTSUPP where there are none. */
    public static List<String> llistxattr(String path) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long object = scratch.string(path).address();
            return split(read(SyscallNumbers.LLISTXATTR, object, 0, "listxattr " + path));
        }
    }

    /** {@code getxattr(2)}: the length of the value, which an empty target only asks for. ENODATA, ERANGE for too little room, EOPNOTSUPP. */
    public static long getxattr(MemorySegment path, MemorySegment name, MemorySegment target) {
        return call(
                SyscallNumbers.GETXATTR,
                HostMemory.address(path),
                HostMemory.address(name),
                HostMemory.address(target),
                target.byteSize());
    }

    /** {@code setxattr(2)}; errno as of {@link #fsetxattr}. */
    public static int setxattr(MemorySegment path, MemorySegment name, MemorySegment value, int flags) {
        return (int) call(
                SyscallNumbers.SETXATTR,
                HostMemory.address(path),
                HostMemory.address(name),
                HostMemory.address(value),
                value.byteSize(),
                flags);
    }

    /** {@code listxattr(2)}: the length of the list, which an empty target only asks for. ERANGE for too little room, EOPNOTSUPP. */
    public static long listxattr(MemorySegment path, MemorySegment target) {
        return call(SyscallNumbers.LISTXATTR, HostMemory.address(path), HostMemory.address(target), target.byteSize());
    }

    /** {@code removexattr(2)}; errno as of {@link #fremovexattr}. */
    public static int removexattr(MemorySegment path, MemorySegment name) {
        return (int) call(SyscallNumbers.REMOVEXATTR, HostMemory.address(path), HostMemory.address(name));
    }

    private static byte[] value(int nr, int fd, @Nullable String path, String name) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long object = path == null ? fd : scratch.string(path).address();
            return read(nr, object, scratch.string(name).address(), "getxattr " + name);
        }
    }

    /** What a call of the get or the list kind answers into as much room as it needs. */
    private static byte[] read(int nr, long object, long name, String what) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            int room = USUAL;
            MemorySegment out = scratch.allocate(room);
            long length = ask(nr, object, name, out, room);
            if (length == -Errno.ERANGE.number()) {
                room = VALUE_MAX;
                out = scratch.allocate(room);
                length = ask(nr, object, name, out, room);
            }
            check(length, what);
            return out.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** A list has no name among its arguments. */
    private static long ask(int nr, long object, long name, MemorySegment out, int room) {
        return name == 0
                ? Syscalls.call(nr, object, out.address(), room)
                : Syscalls.call(nr, object, name, out.address(), room);
    }

    private static List<String> split(byte[] bytes) {
        List<String> list = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                list.add(new String(bytes, start, i - start, StandardCharsets.UTF_8));
                start = i + 1;
            }
        }
        return list;
    }
}
