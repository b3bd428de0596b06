package org.caisson.emulation.trap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.emulation.trap.XattrCall.Action;
import org.caisson.emulation.trap.XattrCall.Form;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.XattrCalls;
import org.jspecify.annotations.Nullable;

/**
 * Attributes {@code trusted.overlay.*}, which the kernel has for its own root only: who is root of the container has them on
 * files of the container's ids. All that is decided on is read once, and the file is held by a descriptor. Whatever is left to
 * the kernel, it refuses where it must: a name that a caller changes meanwhile gains nothing.
 */
final class XattrHandler implements TrapHandler {
    private static final String TRUSTED = "trusted.";
    private static final String OVERLAY = "trusted.overlay.";

    /** XATTR_NAME_MAX, XATTR_SIZE_MAX and XATTR_LIST_MAX of {@code linux/limits.h}. */
    private static final int LONGEST_NAME = 255;

    private static final int LARGEST = 65536;

    /** {@code struct xattr_args} of {@code linux/xattr.h}. */
    private static final int ARGS_SIZE = 16;

    private static final int ARGS_VALUE = 0;
    private static final int ARGS_LENGTH = 8;
    private static final int ARGS_FLAGS = 12;

    private final Emulated emulated;
    private final XattrCall kind;

    XattrHandler(Emulated emulated, XattrCall kind) {
        this.emulated = emulated;
        this.kind = kind;
    }

    @Override
    public int systemCall() {
        return kind.number();
    }

    /** Where a value or list is in the caller's memory, and how large it is or may be. */
    private record Value(long address, long size, int flags) {}

    @Override
    public long handle(TrappedCall call) throws ErrnoException {
        Tracee tracee = call.tracee();
        byte[] name = null;
        Value value;
        OwnedFd file;
        try {
            if (kind.action() != Action.LIST) {
                name = tracee.string(call.argument(kind.afterFile()), LONGEST_NAME + 1);
                if (name == null || !new String(name, ISO_8859_1).startsWith(OVERLAY)) {
                    return CONTINUE;
                }
            }
            value = value(call, tracee);
            if (value == null || !emulated.isContainersRoot(tracee)) {
                return CONTINUE;
            }
            file = file(call, tracee);
        } catch (ErrnoException refused) {
            return CONTINUE;
        }
        try (file) {
            if (!emulated.ownsFile(file)) {
                return CONTINUE;
            }
            call.mustStillWait();
            return act(tracee, file, name == null ? new byte[0] : name, value);
        }
    }

    /** Null where the kernel finds the arguments wrong, or they have what is not known here. */
    private @Nullable Value value(TrappedCall call, Tracee tracee) throws ErrnoException {
        int first = kind.afterFile() + 1;
        switch (kind.action()) {
            case REMOVE -> {
                return new Value(0, 0, 0);
            }
            case LIST -> {
                return new Value(call.argument(first - 1), call.argument(first), 0);
            }
            default -> {}
        }
        if (kind.form() != Form.AT) {
            int flags = kind.action() == Action.SET ? (int) call.argument(first + 2) : 0;
            return new Value(call.argument(first), call.argument(first + 1), flags);
        }
        if (call.argument(first + 1) != ARGS_SIZE) {
            return null;
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment args = scratch.allocate(ARGS_SIZE);
            tracee.read(call.argument(first), args);
            int flags = args.get(ValueLayout.JAVA_INT, ARGS_FLAGS);
            if (kind.action() == Action.GET && flags != 0) {
                return null;
            }
            long size = Integer.toUnsignedLong(args.get(ValueLayout.JAVA_INT, ARGS_LENGTH));
            return new Value(args.get(ValueLayout.JAVA_LONG, ARGS_VALUE), size, flags);
        }
    }

    private OwnedFd file(TrappedCall call, Tracee tracee) throws ErrnoException {
        int first = (int) call.argument(0);
        switch (kind.form()) {
            case DESCRIPTOR -> {
                return ofDescriptor(tracee, first);
            }
            case AT -> {
                int flags = (int) call.argument(2);
                if ((flags & ~(AtFlags.AT_SYMLINK_NOFOLLOW | AtFlags.AT_EMPTY_PATH)) != 0) {
                    throw Errno.EINVAL.exception();
                }
                byte[] path = tracee.string(call.argument(1), Tracee.LONGEST_PATH);
                if ((path == null || path.length == 0) && (flags & AtFlags.AT_EMPTY_PATH) != 0) {
                    return first == AtFlags.AT_FDCWD ? tracee.directory(first) : ofDescriptor(tracee, first);
                }
                boolean follow = (flags & AtFlags.AT_SYMLINK_NOFOLLOW) == 0;
                try (OwnedFd start = path != null && path.length > 0 && path[0] == '/'
                        ? tracee.root().duplicate()
                        : tracee.directory(first)) {
                    return resolve(tracee, start, path, follow);
                }
            }
            default -> {
                byte[] path = tracee.string(call.argument(0), Tracee.LONGEST_PATH);
                return resolve(tracee, tracee.workingDirectory(), path, kind.form() == Form.PATH);
            }
        }
    }

    private static OwnedFd resolve(Tracee tracee, OwnedFd start, byte @Nullable [] path, boolean follow)
            throws ErrnoException {
        if (path == null) {
            throw Errno.EFAULT.exception();
        }
        try (Place place = PathWalk.resolve(tracee, start, path, follow)) {
            return place.fd().duplicate();
        }
    }

    /** The kernel takes none that is open as a mere path (EBADF). */
    private static OwnedFd ofDescriptor(Tracee tracee, int descriptor) throws ErrnoException {
        if ((tracee.openFlags(descriptor) & OpenFlags.O_PATH) != 0) {
            throw Errno.EBADF.exception();
        }
        return tracee.descriptor(descriptor);
    }

    private long act(Tracee tracee, OwnedFd file, byte[] nameBytes, Value value) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment path = scratch.string("/proc/self/fd/" + file.number());
            MemorySegment name = scratch.string(nameBytes);
            return switch (kind.action()) {
                case SET -> set(tracee, path, name, value, scratch);
                case GET -> get(tracee, path, name, value, scratch);
                case LIST -> list(tracee, path, value, scratch);
                case REMOVE -> check(XattrCalls.removexattr(path, name));
            };
        }
    }

    private static long set(Tracee tracee, MemorySegment path, MemorySegment name, Value value, Scratch scratch)
            throws ErrnoException {
        if ((value.flags() & ~(XattrCalls.XATTR_CREATE | XattrCalls.XATTR_REPLACE)) != 0) {
            throw Errno.EINVAL.exception();
        }
        if (Long.compareUnsigned(value.size(), LARGEST) > 0) {
            throw Errno.E2BIG.exception();
        }
        MemorySegment bytes = scratch.allocate(Math.max(1, value.size())).asSlice(0, value.size());
        if (value.size() > 0) {
            tracee.read(value.address(), bytes);
        }
        return check(XattrCalls.setxattr(path, name, bytes, value.flags()));
    }

    private static long get(Tracee tracee, MemorySegment path, MemorySegment name, Value value, Scratch scratch)
            throws ErrnoException {
        MemorySegment room = room(value, scratch);
        long length = check(XattrCalls.getxattr(path, name, room));
        if (room.byteSize() > 0) {
            tracee.write(value.address(), room.asSlice(0, length));
        }
        return length;
    }

    /** What the kernel would list, and those of the overlay. */
    private static long list(Tracee tracee, MemorySegment path, Value value, Scratch scratch) throws ErrnoException {
        MemorySegment all = scratch.allocate(LARGEST);
        long length = check(XattrCalls.listxattr(path, all));
        byte[] names = shown(all.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
        if (value.size() == 0) {
            return names.length;
        }
        if (Long.compareUnsigned(names.length, value.size()) > 0) {
            throw Errno.ERANGE.exception();
        }
        if (names.length > 0) {
            tracee.write(value.address(), scratch.bytes(names));
        }
        return names.length;
    }

    private static byte[] shown(byte[] names) {
        ByteArrayOutputStream shown = new ByteArrayOutputStream(names.length);
        int start = 0;
        for (int i = 0; i < names.length; i++) {
            if (names[i] == 0) {
                String name = new String(names, start, i - start, ISO_8859_1);
                if (!name.startsWith(TRUSTED) || name.startsWith(OVERLAY)) {
                    shown.write(names, start, i + 1 - start);
                }
                start = i + 1;
            }
        }
        return shown.toByteArray();
    }

    private static MemorySegment room(Value value, Scratch scratch) {
        long size = Long.compareUnsigned(value.size(), LARGEST) > 0 ? LARGEST : value.size();
        return scratch.allocate(Math.max(1, size)).asSlice(0, size);
    }

    private static long check(long result) throws ErrnoException {
        if (result < 0) {
            throw ErrnoException.ofResult(result, "an attribute of the overlay");
        }
        return result;
    }
}
