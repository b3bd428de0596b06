package org.caisson.vfs.erofs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MappedMemory;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Statx;
import org.caisson.vfs.FileSystemLog;
import org.jspecify.annotations.Nullable;

/**
 * The mapped files of an image: the first one with all metadata, and further devices that hold data. What is read by position is of the
 * first; outside of it is EUCLEAN.
 */
final class ErofsImage {
    /** A file of data: its blocks also have addresses of the whole image, from one on; none if that is 0. */
    private record Device(MemorySegment bytes, long start, long blocks) {}

    private final Arena arena;
    private final MemorySegment bytes;
    private final Superblock superblock;
    private final List<Device> devices;
    private final int deviceMask;
    private final @Nullable Arrival arrival;

    private ErofsImage(
            Arena arena, MemorySegment bytes, Superblock superblock, List<Device> devices, @Nullable Arrival arrival) {
        this.arena = arena;
        this.bytes = bytes;
        this.superblock = superblock;
        this.devices = devices;
        this.arrival = arrival;
        deviceMask = devices.isEmpty() ? 0 : (Integer.highestOneBit(devices.size()) << 1) - 1;
    }

    /** Maps files, whose descriptors stay the caller's. Errno as of {@link Superblock#read}, ENODEV if there are not as many devices. */
    static ErofsImage open(OwnedFd file, List<OwnedFd> further, FileSystemLog log, @Nullable Arrival arrival)
            throws ErrnoException {
        Arena arena = Arena.ofShared();
        try {
            MemorySegment bytes = map(arena, file);
            Superblock superblock = Superblock.read(bytes, log);
            if (superblock.devices() != further.size()) {
                throw Superblock.refuse(
                        log,
                        Errno.EINVAL,
                        "the image has " + superblock.devices() + " further devices, and " + further.size()
                                + " are given");
            }
            return new ErofsImage(arena, bytes, superblock, devices(arena, bytes, superblock, further, log), arrival);
        } catch (ErrnoException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static MemorySegment map(Arena arena, OwnedFd file) throws ErrnoException {
        Statx told = Statx.allocate(arena);
        FileCalls.statx(file.number(), told);
        if (told.size() == 0) {
            return MemorySegment.NULL; // which cannot be mapped
        }
        return MappedMemory.readOnly(arena, file.number(), told.size());
    }

    private static List<Device> devices(
            Arena arena, MemorySegment bytes, Superblock superblock, List<OwnedFd> further, FileSystemLog log)
            throws ErrnoException {
        List<Device> devices = new ArrayList<>();
        for (OwnedFd file : further) {
            long slot = superblock.deviceTable() + (long) devices.size() * ErofsLayout.DEVICE_SLOT_SIZE;
            if (slot + ErofsLayout.DEVICE_SLOT_SIZE > bytes.byteSize()) {
                throw Superblock.refuse(log, Errno.EUCLEAN, "the table of devices is outside of the file");
            }
            long blocks = Integer.toUnsignedLong(bytes.get(ErofsLayout.U32, slot + ErofsLayout.DEVICE_BLOCKS));
            long start = Integer.toUnsignedLong(bytes.get(ErofsLayout.U32, slot + ErofsLayout.DEVICE_START));
            devices.add(new Device(map(arena, file), start, blocks));
        }
        return List.copyOf(devices);
    }

    Superblock superblock() {
        return superblock;
    }

    /** What statfs(2) tells: blocks of all files together. */
    long blocks() {
        long sum = superblock.blocks();
        for (Device device : devices) {
            sum += device.blocks;
        }
        return sum;
    }

    int blockSize() {
        return 1 << superblock.blockBits();
    }

    /** Unmaps the files: who reads from then on fails with {@link IllegalStateException}. */
    void close() {
        arena.close();
    }

    /** Waits for what an extent holds, if that may come late. */
    void await(MemorySegment source, long position, long length) throws ErrnoException {
        Arrival late = arrival;
        if (late != null && source == bytes) {
            late.await(position, length);
        }
    }

    /** The first file, to be read where {@link #require} allowed it. */
    MemorySegment bytes() {
        return bytes;
    }

    /** EUCLEAN unless the first file has a range. */
    void require(long position, long length) throws ErrnoException {
        if (position < 0 || length < 0 || length > bytes.byteSize() - position) {
            throw Errno.EUCLEAN.exception();
        }
    }

    int u8(long position) throws ErrnoException {
        require(position, 1);
        return bytes.get(ValueLayout.JAVA_BYTE, position) & 0xFF;
    }

    int u16(long position) throws ErrnoException {
        require(position, Short.BYTES);
        return bytes.get(ErofsLayout.U16, position) & 0xFFFF;
    }

    int s32(long position) throws ErrnoException {
        require(position, Integer.BYTES);
        return bytes.get(ErofsLayout.U32, position);
    }

    long u32(long position) throws ErrnoException {
        return Integer.toUnsignedLong(s32(position));
    }

    long u64(long position) throws ErrnoException {
        require(position, Long.BYTES);
        return bytes.get(ErofsLayout.U64, position);
    }

    /** Where a nid's inode is. EUCLEAN for one that is outside of the file. */
    long positionOf(long nid) throws ErrnoException {
        if (nid < 0 || nid > bytes.byteSize() / ErofsLayout.SLOT) {
            throw Errno.EUCLEAN.exception();
        }
        long position = superblock.metaStart() + nid * ErofsLayout.SLOT;
        require(position, ErofsLayout.COMPACT_SIZE);
        return position;
    }

    /** Sets an extent to a range of metadata, which is in the first file. */
    void locateMetadata(long position, long length, Extent out) throws ErrnoException {
        require(position, length);
        out.set(bytes, position, length);
    }

    /**
     * Sets an extent to data by its place in the address space of the whole image, which the blocks of further devices may be in; cut
     * where the file ends.
     */
    void locate(long position, long length, Extent out) throws ErrnoException {
        int bits = superblock.blockBits();
        for (Device device : devices) {
            long start = device.start << bits;
            if (start != 0 && position >= start && position - start < device.blocks << bits) {
                cut(
                        device.bytes,
                        position - start,
                        Math.min(length, (device.blocks << bits) - (position - start)),
                        out);
                return;
            }
        }
        cut(bytes, position, length, out);
    }

    /** The same by the place in one device; 0 stands for the address space of the whole image. ENODEV for one that is not there. */
    void locate(int device, long position, long length, Extent out) throws ErrnoException {
        int number = device & deviceMask;
        if (number == 0) {
            locate(position, length, out);
            return;
        }
        if (number > devices.size()) {
            throw Errno.ENODEV.exception();
        }
        cut(devices.get(number - 1).bytes, position, length, out);
    }

    private static void cut(MemorySegment from, long position, long length, Extent out) throws ErrnoException {
        long there = from.byteSize() - position;
        if (position < 0 || there <= 0) {
            throw Errno.EUCLEAN.exception();
        }
        out.set(from, position, Math.min(length, there));
    }
}
