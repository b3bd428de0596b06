package org.caisson.image.erofs;

import static org.caisson.image.erofs.ErofsWriter.BLOCK;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.caisson.vfs.erofs.ErofsLayout;

/**
 * The further devices of an image: files whose blocks follow those of the image itself in one space of addresses, one device behind the
 * other.
 */
record DeviceTable(List<Device> devices) {
    static final DeviceTable NONE = new DeviceTable(List.of());

    /** More than there are layers in any image, and what is written at once. */
    private static final int MOST = 4096;

    /** Right behind the superblock. */
    private static final int FIRST_PLACE = ErofsLayout.SUPERBLOCK + ErofsLayout.SUPERBLOCK_SIZE;

    DeviceTable {
        if (devices.size() > MOST) {
            throw new IllegalArgumentException("an image has at most " + MOST + " devices");
        }
        devices = List.copyOf(devices);
    }

    /**
     * A device.
     *
     * @param tag what it is, for whoever has to find it: at most 64 bytes
     * @param blocks how many it has
     */
    record Device(String tag, long blocks) {}

    /** How many blocks all have together. */
    long blocks() {
        return devices.stream().mapToLong(Device::blocks).sum();
    }

    int feature() {
        return devices.isEmpty() ? 0 : ErofsLayout.INCOMPAT_DEVICE_TABLE;
    }

    private int length() {
        return devices.size() * ErofsLayout.DEVICE_SLOT_SIZE;
    }

    /** Where the table is: in the block of the superblock if it has room there. */
    int position() {
        return FIRST_PLACE + length() <= BLOCK ? FIRST_PLACE : BLOCK;
    }

    /** Where data may begin. */
    int end() {
        return Math.max(BLOCK, position() + length());
    }

    /**
     * Writes the table and where it is.
     *
     * @param superblock what is in the file from the superblock on
     * @param ownBlocks how many blocks the image itself has
     */
    void write(MemorySegment superblock, long ownBlocks) {
        if (devices.isEmpty()) {
            return;
        }
        superblock.set(ErofsLayout.U16, ErofsLayout.SB_EXTRA_DEVICES, (short) devices.size());
        superblock.set(
                ErofsLayout.U16, ErofsLayout.SB_DEVICE_SLOT, (short) (position() / ErofsLayout.DEVICE_SLOT_SIZE));
        long start = ownBlocks;
        long slot = (long) position() - ErofsLayout.SUPERBLOCK;
        for (Device device : devices) {
            byte[] tag = device.tag.getBytes(StandardCharsets.US_ASCII);
            int length = Math.min(tag.length, ErofsLayout.DEVICE_TAG_SIZE);
            MemorySegment.copy(tag, 0, superblock, ValueLayout.JAVA_BYTE, slot, length);
            superblock.set(ErofsLayout.U32, slot + ErofsLayout.DEVICE_BLOCKS, (int) device.blocks);
            superblock.set(ErofsLayout.U32, slot + ErofsLayout.DEVICE_START, (int) start);
            start += device.blocks;
            slot += ErofsLayout.DEVICE_SLOT_SIZE;
        }
    }
}
