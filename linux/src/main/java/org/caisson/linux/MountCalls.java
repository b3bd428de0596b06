package org.caisson.linux;

import static org.caisson.linux.Syscalls.call;
import static org.caisson.linux.Syscalls.check;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * System calls on mounts. Each names its man page (section 2). All that makes a descriptor makes it close-on-exec; a
 * tree held by such a descriptor alone is attached nowhere and goes with it.
 */
public final class MountCalls {
    /** Stands for the whole mount namespace in {@link #listmount}. */
    public static final long LSMT_ROOT = -1;

    private static final int FSCONFIG_SET_FLAG = 0;
    private static final int FSCONFIG_SET_STRING = 1;
    private static final int FSCONFIG_SET_FD = 5;
    private static final int FSCONFIG_CMD_CREATE = 6;
    private static final int FSCONFIG_CMD_RECONFIGURE = 7;

    private static final int FSOPEN_CLOEXEC = 1;
    private static final int FSMOUNT_CLOEXEC = 1;
    private static final int FSPICK_CLOEXEC = 1;
    private static final int FSPICK_EMPTY_PATH = 8;
    private static final int MOUNT_ATTR_SIZE = 32;
    private static final int MNT_ID_REQ_SIZE = 24;

    private MountCalls() {}

    /** {@code mount}: what is null is passed as NULL. */
    public static void mount(
            @Nullable String source, String target, @Nullable String type, long flags, @Nullable String data)
            throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long sourceAddress = optional(scratch, source);
            long targetAddress = scratch.string(target).address();
            long typeAddress = optional(scratch, type);
            long dataAddress = optional(scratch, data);
            long result = call(SyscallNumbers.MOUNT, sourceAddress, targetAddress, typeAddress, flags, dataAddress);
            check(result, "mount", target);
        }
    }

    /** {@code umount2}. */
    public static void umount2(String target, int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            umount2(scratch.string(target), flags);
        }
    }

    /** As its twin, for a path of raw bytes ended by a NUL. */
    public static void umount2(MemorySegment target, int flags) throws ErrnoException {
        check(call(SyscallNumbers.UMOUNT2, HostMemory.address(target), flags), "umount", target);
    }

    /**
     * {@code open_tree}: with {@link MountFlags#OPEN_TREE_CLONE} a detached copy (with {@link AtFlags#AT_RECURSIVE} of
     * all beneath), else like an {@code O_PATH} descriptor.
     */
    public static OwnedFd openTree(int directory, String path, int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            return openTree(directory, scratch.string(path), flags);
        }
    }

    /** As its twin, for a path of raw bytes ended by a NUL. */
    public static OwnedFd openTree(int directory, MemorySegment path, int flags) throws ErrnoException {
        long fd = call(SyscallNumbers.OPEN_TREE, directory, HostMemory.address(path), flags | OpenFlags.O_CLOEXEC);
        return OwnedFd.own((int) check(fd, "open_tree", path));
    }

    /** {@code move_mount}: attaches or moves a mount; flags are {@code MOVE_MOUNT_*}. */
    public static void moveMount(int fromDirectory, String from, int toDirectory, String to, int flags)
            throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            moveMount(fromDirectory, scratch.string(from), toDirectory, scratch.string(to), flags);
        }
    }

    /** As its twin, for paths of raw bytes ended by a NUL. */
    public static void moveMount(int fromDirectory, MemorySegment from, int toDirectory, MemorySegment to, int flags)
            throws ErrnoException {
        long result = call(
                SyscallNumbers.MOVE_MOUNT,
                fromDirectory,
                HostMemory.address(from),
                toDirectory,
                HostMemory.address(to),
                flags);
        check(result, "move_mount", to);
    }

    /** Attaches a detached mount at a path. */
    public static void attach(int mountFd, String target) throws ErrnoException {
        moveMount(mountFd, "", AtFlags.AT_FDCWD, target, MountFlags.MOVE_MOUNT_F_EMPTY_PATH);
    }

    /** {@code fsopen}: a context in which a file system of this type is configured. */
    public static OwnedFd fsopen(String type) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long fd = call(SyscallNumbers.FSOPEN, scratch.string(type).address(), FSOPEN_CLOEXEC);
            return OwnedFd.own((int) check(fd, "fsopen", type));
        }
    }

    /** {@code fspick}: a context to reconfigure the file system that the mount {@code fd} shows. */
    public static OwnedFd fspick(int fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long path = scratch.string("").address();
            long context = call(SyscallNumbers.FSPICK, fd, path, FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
            return OwnedFd.own((int) check(context, "fspick"));
        }
    }

    /** {@code fsconfig}: sets an option to a text. */
    public static void fsconfigString(int context, String key, String value) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long valueAddress = scratch.string(value).address();
            fsconfig(context, FSCONFIG_SET_STRING, scratch.string(key).address(), valueAddress, 0, key);
        }
    }

    /** {@code fsconfig}: sets an option that has no value. */
    public static void fsconfigFlag(int context, String key) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            fsconfig(context, FSCONFIG_SET_FLAG, scratch.string(key).address(), 0, 0, key);
        }
    }

    /** {@code fsconfig}: sets an option to an open file. */
    public static void fsconfigFd(int context, String key, int fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            fsconfig(context, FSCONFIG_SET_FD, scratch.string(key).address(), 0, fd, key);
        }
    }

    /** {@code fsconfig}: makes the file system, or takes an existing one that fits. */
    public static void fsconfigCreate(int context) throws ErrnoException {
        fsconfig(context, FSCONFIG_CMD_CREATE, 0, 0, 0, "create");
    }

    /** {@code fsconfig}: applies changed options. */
    public static void fsconfigReconfigure(int context) throws ErrnoException {
        fsconfig(context, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0, "reconfigure");
    }

    /** {@code fsmount}: a detached mount with {@code MOUNT_ATTR_*} attributes. */
    public static OwnedFd fsmount(int context, int attributes) throws ErrnoException {
        long fd = call(SyscallNumbers.FSMOUNT, context, FSMOUNT_CLOEXEC, attributes);
        return OwnedFd.own((int) check(fd, "fsmount"));
    }

    /**
     * {@code mount_setattr}: sets and clears {@code MOUNT_ATTR_*} bits; {@code propagation} is 0 or one of
     * {@link MountFlags#MS_PRIVATE} and its kin; {@code flags} may hold {@link AtFlags#AT_RECURSIVE}.
     */
    public static void mountSetattr(
            int directory, String path, int flags, long set, long clear, long propagation, int userNamespace)
            throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment attributes = scratch.allocate(MOUNT_ATTR_SIZE);
            attributes.set(ValueLayout.JAVA_LONG, 0, set);
            attributes.set(ValueLayout.JAVA_LONG, 8, clear);
            attributes.set(ValueLayout.JAVA_LONG, 16, propagation);
            attributes.set(ValueLayout.JAVA_LONG, 24, userNamespace);
            long pathAddress = scratch.string(path).address();
            long result = call(
                    SyscallNumbers.MOUNT_SETATTR, directory, pathAddress, flags, attributes.address(), MOUNT_ATTR_SIZE);
            check(result, "mount_setattr", path);
        }
    }

    /** Id-maps a detached mount: who is X in the file system shows as what the user namespace maps X to. */
    public static void idmap(int mountFd, int userNamespace, boolean recursive) throws ErrnoException {
        int flags = AtFlags.AT_EMPTY_PATH | (recursive ? AtFlags.AT_RECURSIVE : 0);
        mountSetattr(mountFd, "", flags, MountFlags.MOUNT_ATTR_IDMAP, 0, 0, userNamespace);
    }

    /** {@code statmount} (Linux 6.8) of a unique mount id ({@link Statx#STATX_MNT_ID_UNIQUE}). */
    public static void statmount(long mountId, long mask, StatMount out) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long request = mountRequest(scratch, mountId, mask);
            MemorySegment buffer = out.segment();
            long result = call(SyscallNumbers.STATMOUNT, request, HostMemory.address(buffer), buffer.byteSize(), 0);
            check(result, "statmount");
        }
    }

    /** {@code listmount} (Linux 6.8): ids of the mounts beneath one, after {@code last}; how many were stored. */
    public static int listmount(long mountId, long last, MemorySegment ids) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long request = mountRequest(scratch, mountId, last);
            long count = call(SyscallNumbers.LISTMOUNT, request, HostMemory.address(ids), ids.byteSize() / 8, 0);
            return (int) check(count, "listmount");
        }
    }

    private static long mountRequest(Scratch scratch, long mountId, long parameter) {
        MemorySegment request = scratch.allocate(MNT_ID_REQ_SIZE);
        request.set(ValueLayout.JAVA_INT, 0, MNT_ID_REQ_SIZE);
        request.set(ValueLayout.JAVA_LONG, 8, mountId);
        request.set(ValueLayout.JAVA_LONG, 16, parameter);
        return request.address();
    }

    /** What the file system says of a failure goes into the message: it is read from the context. */
    private static void fsconfig(int context, int command, long key, long value, int auxiliary, String what)
            throws ErrnoException {
        long result = call(SyscallNumbers.FSCONFIG, context, command, key, value, auxiliary);
        if (Syscalls.failed(result)) {
            throw ErrnoException.ofResult(result, "fsconfig " + what + contextMessage(context));
        }
    }

    private static String contextMessage(int context) {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment text = scratch.allocate(1024);
            long length = call(SyscallNumbers.READ, context, text.address(), 1023);
            if (length <= 0) {
                return "";
            }
            return " (" + HostMemory.text(text).strip() + ")";
        }
    }

    private static long optional(Scratch scratch, @Nullable String text) {
        return text == null ? 0 : scratch.string(text).address();
    }
}
