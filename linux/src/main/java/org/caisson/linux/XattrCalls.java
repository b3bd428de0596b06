package org.caisson.linux;

import static org.caisson.linux.Syscalls.call;
import static org.caisson.linux.Syscalls.check;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Extended attributes ({@code xattr(7)}) by open descriptor or by path without following a last symbolic link. */
public final class XattrCalls {
    public static final int XATTR_CREATE = 1;
    public static final int XATTR_REPLACE = 2;

    private static final int VALUE_MAX = 65536;

    private XattrCalls() {}

    /** {@code fgetxattr(2)}. */
    public static byte[] fgetxattr(int fd, String name) throws ErrnoException {
        return value(SyscallNumbers.FGETXATTR, fd, null, name);
    }

    /** {@code lgetxattr(2)}. */
    public static byte[] lgetxattr(String path, String name) throws ErrnoException {
        return value(SyscallNumbers.LGETXATTR, 0, path, name);
    }

    /** {@code fsetxattr(2)}. */
    public static void fsetxattr(int fd, String name, byte[] value, int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long nameAddress = scratch.string(name).address();
            long valueAddress = scratch.bytes(value).address();
            check(call(SyscallNumbers.FSETXATTR, fd, nameAddress, valueAddress, value.length, flags), "setxattr", name);
        }
    }

    /** {@code lsetxattr(2)}. */
    public static void lsetxattr(String path, String name, byte[] value, int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long pathAddress = scratch.string(path).address();
            long nameAddress = scratch.string(name).address();
            long valueAddress = scratch.bytes(value).address();
            long result = call(SyscallNumbers.LSETXATTR, pathAddress, nameAddress, valueAddress, value.length, flags);
            check(result, "setxattr", path);
        }
    }

    /** {@code fremovexattr(2)}. */
    public static void fremovexattr(int fd, String name) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            check(call(SyscallNumbers.FREMOVEXATTR, fd, scratch.string(name).address()), "removexattr", name);
        }
    }

    /** {@code lremovexattr(2)}. */
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

    /** {@code flistxattr(2)}. */
    public static List<String> flistxattr(int fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment names = scratch.allocate(VALUE_MAX);
            return split(names, check(call(SyscallNumbers.FLISTXATTR, fd, names.address(), VALUE_MAX), "listxattr"));
        }
    }

    /** {@code llistxattr(2)}. */
    public static List<String> llistxattr(String path) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment names = scratch.allocate(VALUE_MAX);
            long pathAddress = scratch.string(path).address();
            long length = call(SyscallNumbers.LLISTXATTR, pathAddress, names.address(), VALUE_MAX);
            return split(names, check(length, "listxattr", path));
        }
    }

    private static byte[] value(int nr, int fd, @Nullable String path, String name) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment value = scratch.allocate(VALUE_MAX);
            long object = path == null ? fd : scratch.string(path).address();
            long length = call(nr, object, scratch.string(name).address(), value.address(), VALUE_MAX);
            check(length, "getxattr", name);
            return value.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static List<String> split(MemorySegment names, long length) {
        byte[] bytes = names.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
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
