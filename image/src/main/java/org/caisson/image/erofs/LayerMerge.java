package org.caisson.image.erofs;

import static org.caisson.image.erofs.ErofsWriter.BLOCK;
import static org.caisson.image.erofs.ErofsWriter.BLOCK_BITS;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.caisson.image.erofs.DeviceTable.Device;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.FileSystemLog;
import org.caisson.vfs.erofs.ErofsNodes;

/**
 * Writes one image of the tree that several layers are, one over the other, as overlayfs would show it: whiteouts and opaque directories
 * are applied and gone. Data in blocks stays in the layers, which are the image's further devices: only metadata is written, and with it
 * the data that the layers have behind their inodes. That data is at no block's beginning, so there is no other way to name it. A layer's
 * names of files of lower layers become what they are: hard links.
 */
public final class LayerMerge {
    private LayerMerge() {}

    /**
     * Merges layers.
     *
     * @param layers the lowest first; the further devices of the image are these, each once
     * @param file an empty file, which stays the caller's
     * @throws ErofsFormatException if a layer is none that can be merged, EUCLEAN if it makes no sense
     */
    public static void write(List<MergedLayer> layers, ErofsImageFile file) throws IOException {
        List<ErofsNodes> images = new ArrayList<>();
        try {
            List<Device> devices = new ArrayList<>();
            Map<MergedLayer, Integer> known = new HashMap<>();
            for (MergedLayer layer : layers) {
                if (known.putIfAbsent(layer, images.size()) == null) {
                    ErofsNodes image = open(layer.file());
                    images.add(image);
                    devices.add(new Device(layer.tag(), blocks(image)));
                }
            }
            try (ErofsWriter writer =
                    new ErofsWriter(file, ErofsProfile.DEFAULT, Long.MAX_VALUE, new DeviceTable(devices))) {
                for (MergedLayer layer : layers) {
                    int number = known.getOrDefault(layer, 0);
                    long start = devices.subList(0, number).stream()
                            .mapToLong(Device::blocks)
                            .sum();
                    merge(layer, images.get(number), start, writer);
                }
                writer.finish();
            }
        } finally {
            images.forEach(ErofsNodes::close);
        }
    }

    /** Whether a layer has names of files of lower layers. */
    public static boolean needsLower(Path layer) throws IOException {
        try (ErofsNodes image = open(layer)) {
            return image.root().attributes().containsKey(ErofsWriter.LINKS);
        }
    }

    private static ErofsNodes open(Path layer) throws IOException {
        try (OwnedFd file = FileCalls.open(layer.toString(), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC)) {
            ErofsNodes image = ErofsNodes.open(file, new FileSystemLog());
            if (image.blockSize() != BLOCK) {
                int size = image.blockSize();
                image.close();
                throw new ErofsFormatException("blocks of " + size + " bytes, and not of " + BLOCK);
            }
            return image;
        }
    }

    private static long blocks(ErofsNodes image) {
        return (image.fileSize() + BLOCK - 1) >>> BLOCK_BITS;
    }

    private static void merge(MergedLayer layer, ErofsNodes image, long start, ErofsWriter writer) throws IOException {
        try {
            new LayerWalk(image, start, writer).run();
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EUCLEAN) {
                throw new ErofsFormatException(layer.file() + " makes no sense as an image");
            }
            throw e;
        }
    }
}
