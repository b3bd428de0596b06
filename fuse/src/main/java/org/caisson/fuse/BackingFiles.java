package org.caisson.fuse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.caisson.vfs.host.BackedByHostFile;
import org.jspecify.annotations.Nullable;

/**
 * Files of the host to and from which the kernel moves the data of files here by itself (FUSE passthrough, see the kernel's
 * {@code Documentation/filesystems/fuse-passthrough.rst}).
 *
 * <p>All that have a file open at once must share one backing file, which is therefore the node's. It is registered when the first opens it
 * and given up when the last releases it, or of a plain file ({@link PlainFiles}) when it is open no more. Lock: the node's monitor.
 */
final class BackingFiles {
    /** {@code _IOW(229, 1, struct fuse_backing_map)} and {@code _IOW(229, 2, uint32_t)} of {@code <linux/fuse.h>}. */
    private static final long FUSE_DEV_IOC_BACKING_OPEN = 0x4010E501L;

    private static final long FUSE_DEV_IOC_BACKING_CLOSE = 0x4004E502L;
    private static final int MAP_SIZE = 16;

    /** What {@link Node#backingId} says of a node that has none. */
    static final int NONE = 0;

    private final OwnedFd device;

    /** Whether the kernel may refuse all: without CAP_SYS_ADMIN it does. */
    private volatile boolean refused;

    BackingFiles(OwnedFd device) {
        this.device = device;
    }

    /** One more handle of a node is opened; the number of the backing file, or {@link #NONE} if its data must come through us. */
    int open(Node node, BackedByHostFile file) {
        if (refused) {
            return NONE;
        }
        synchronized (node) {
            if (!isRegistered(node, file)) {
                return NONE;
            }
            // Each, for the first to be opened need not be the last to be released.
            file.bypass();
            node.backingUsers++;
            return node.backingId;
        }
    }

    private boolean isRegistered(Node node, BackedByHostFile file) {
        if (node.backingId == NONE) {
            int id = register(file.descriptor());
            refused = id <= 0;
            node.backingId = Math.max(id, NONE);
        }
        return node.backingId != NONE;
    }

    /** A handle that {@link #open} gave a backing file is released. */
    void close(Node node) {
        synchronized (node) {
            if (--node.backingUsers == 0) {
                unregister(node);
            }
        }
    }

    /**
     * The same as {@link #open} for a plain file, whose backing file stays registered until {@link #closeIdle}.
     *
     * @param opened in use by the caller, who gives it back; here it is used as long as somebody has the backing file open
     */
    int openPlain(Node node, PlainFiles.Opened opened) {
        if (refused || !(opened.description() instanceof BackedByHostFile file)) {
            return NONE;
        }
        synchronized (node) {
            if (!isRegistered(node, file)) {
                return NONE;
            }
            if (node.backingUsers++ == 0) {
                file.bypass();
                opened.keep();
                node.files().backed = opened;
            }
            return node.backingId;
        }
    }

    /** Undoes one {@link #openPlain}; the description that is not used any more by that, else null. */
    PlainFiles.@Nullable Opened closePlain(Node node) {
        synchronized (node) {
            if (node.backingUsers == 0 || --node.backingUsers != 0) {
                return null;
            }
            PlainFiles.Opened backed = node.files().backed;
            node.files().backed = null;
            if (backed != null && backed.description() instanceof BackedByHostFile file) {
                file.endBypass();
            }
            return backed;
        }
    }

    /** Gives a backing file up that nobody has open. */
    void closeIdle(Node node) {
        synchronized (node) {
            if (node.backingUsers == 0 && node.backingId != NONE) {
                unregister(node);
            }
        }
    }

    private int register(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment map = arena.allocate(MAP_SIZE, Long.BYTES);
            map.set(ValueLayout.JAVA_INT, 0, fd);
            return (int) Syscalls.call(SyscallNumbers.IOCTL, device.number(), FUSE_DEV_IOC_BACKING_OPEN, map.address());
        }
    }

    private void unregister(Node node) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(Integer.BYTES, Integer.BYTES);
            number.set(ValueLayout.JAVA_INT, 0, node.backingId);
            node.backingId = NONE;
            Syscalls.call(SyscallNumbers.IOCTL, device.number(), FUSE_DEV_IOC_BACKING_CLOSE, number.address());
        }
    }
}
