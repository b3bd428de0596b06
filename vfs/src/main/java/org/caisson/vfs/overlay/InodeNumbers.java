package org.caisson.vfs.overlay;

/**
 * The inode numbers that an overlay shows. Those of layers on one file system are shown as they are. Where there are several, the upper
 * bits tell the file system, as with the kernel's {@code xino}; a number that is too large for that is folded, and then only very
 * likely not another file's.
 */
final class InodeNumbers {
    private final int bits;

    InodeNumbers(int fileSystems) {
        // One bit more than needed: numbers stay positive for those who take them as signed.
        bits = fileSystems <= 1 ? 0 : 1 + Integer.SIZE - Integer.numberOfLeadingZeros(fileSystems - 1);
    }

    long shown(Layer layer, long number) {
        if (bits == 0) {
            return number;
        }
        int shift = Long.SIZE - bits;
        long low = number;
        if (low >>> shift != 0) {
            low = (low * 0x9E3779B97F4A7C15L) >>> bits;
        }
        return ((long) layer.fileSystem() << shift) | low;
    }
}
