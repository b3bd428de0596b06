package org.caisson.fuse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.caisson.vfs.host.BackedByHostFile;

/**
 * Files of the host to and from which the kernel moves the data of files here by itself (FUSE passthrough, see the kernel's
 * {@code Documentation/filesystems/fuse-passthrough.rst}).
 *
 * <p>All that have a file open at once must share one backing file, which is therefore the node's. It is registered when the first opens it
 * and given up when the last releases it. Lock: the node's monitor.
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
            if (node.backingUsers == 0) {
                int id = register(file.bypass());
                if (id <= 0) {
                    refused = true;
                    return NONE;
                }
                node.backingId = id;
            }
            node.backingUsers++;
            return node.backingId;
        }
    }

    /** A handle that {@link #open} gave a backing file is released. */
    void close(Node node) {
        synchronized (node) {
            if (--node.backingUsers == 0) {
                unregister(node.backingId);
                node.backingId = NONE;
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

    private void unregister(int id) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(Integer.BYTES, Integer.BYTES);
            number.set(ValueLayout.JAVA_INT, 0, id);
            Syscalls.call(SyscallNumbers.IOCTL, device.number(), FUSE_DEV_IOC_BACKING_CLOSE, number.address());
        }
    }
}
