package org.caisson.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.caisson.image.oci.ImageException;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import org.caisson.image.tree.ImageLayers;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.difference.Subtree;

/**
 * An image, or one of its layers: {@code IMAGE} or {@code IMAGE#N}, where 1 is the lowest layer.
 *
 * @param files its layers, the uppermost first
 * @param layer which of them; 0 for all, merged
 */
record ImageLayerName(StoredImage image, List<Path> files, int layer) {
    static ImageLayerName find(ImageStore store, String text) throws UsageException, IOException {
        int hash = text.lastIndexOf('#');
        StoredImage image = store.find(hash < 0 ? text : text.substring(0, hash));
        List<Path> files = ImageLayers.files(store, image);
        if (hash < 0) {
            return new ImageLayerName(image, files, 0);
        }
        try {
            int layer = Integer.parseInt(text.substring(hash + 1));
            if (layer >= 1 && layer <= files.size()) {
                return new ImageLayerName(image, files, layer);
            }
        } catch (NumberFormatException e) {
            throw new UsageException("image: " + text + ": give the number of a layer after the #");
        }
        throw new ImageException("the image " + image.name().familiar() + " has the layers 1 to " + files.size());
    }

    /** Its tree in its open layers. */
    Subtree tree(ImageLayers layers) throws ErrnoException {
        return layer == 0 ? layers.merged() : layers.layer(layer - 1);
    }
}
