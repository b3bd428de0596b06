package org.caisson.image.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import org.caisson.image.erofs.ErofsFormatException;
import org.caisson.image.erofs.ErofsImageFile;
import org.caisson.image.erofs.ErofsProfile;
import org.caisson.image.erofs.ErofsWriter;
import org.caisson.image.erofs.LayerCheck;
import org.caisson.image.erofs.LayerMerge;
import org.caisson.image.erofs.MergedLayer;
import org.caisson.image.erofs.TarImport;
import org.caisson.image.oci.ImageFormatException;

/** Makes an EROFS image of a layer, which the kernel mounts as a lower layer of overlayfs and our own file system reads in place. */
public final class ErofsLayer implements LayerConverter {
    public ErofsLayer() {}

    @Override
    public String format() {
        return "erofs-2";
    }

    @Override
    public void convert(InputStream tar, Path file) throws IOException {
        try (ErofsImageFile image = ErofsImageFile.in(Durable.parent(file));
                ErofsWriter writer = new ErofsWriter(image, ErofsProfile.DEFAULT, Long.MAX_VALUE)) {
            TarImport.layer(tar, writer);
            writer.finish();
            writer.writeSideFile(Places.side(file));
            image.name(file);
        } catch (ErofsFormatException e) {
            throw new ImageFormatException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void adopt(InputStream image, Path file) throws IOException {
        AdoptedImage.write(image, file);
        try {
            LayerCheck.check(file, Places.side(file));
        } catch (ErofsFormatException e) {
            throw new ImageFormatException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public boolean needsLower(Path layer) throws IOException {
        return LayerMerge.needsLower(layer);
    }

    @Override
    public String mergedFormat() {
        return format() + "-merged-1";
    }

    @Override
    public void merge(List<Path> layers, Path file) throws IOException {
        try (ErofsImageFile image = ErofsImageFile.in(Durable.parent(file))) {
            LayerMerge.write(
                    layers.stream()
                            .map(layer -> new MergedLayer(layer, String.valueOf(layer.getFileName())))
                            .toList(),
                    image);
            image.name(file);
        } catch (ErofsFormatException e) {
            throw new ImageFormatException("the layers cannot be merged: " + e.getMessage(), e);
        }
    }
}
