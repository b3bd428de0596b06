package org.caisson.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.caisson.image.oci.ImageException;
import org.caisson.image.store.MergedLayers;

/**
 * An image, or one of its layers: {@code IMAGE} or {@code IMAGE#N}, where 1 is the lowest layer. It stays in the store until this is closed.
 *
 * @param layer which of them; 0 for all, merged
 */
record ImageLayerName(ImageContainer image, int layer) implements AutoCloseable {
    static ImageLayerName find(Path store, String text) throws UsageException, IOException {
        int hash = text.lastIndexOf('#');
        ImageContainer image = ImageContainer.find(store, hash < 0 ? text : text.substring(0, hash));
        try {
            return new ImageLayerName(image, hash < 0 ? 0 : number(text, hash + 1, image));
        } catch (UsageException | IOException e) {
            image.close();
            throw e;
        }
    }

    private static int number(String text, int start, ImageContainer image) throws UsageException, IOException {
        int count = image.image().config().diffIds().size();
        try {
            int layer = Integer.parseInt(text.substring(start));
            if (layer >= 1 && layer <= count) {
                return layer;
            }
        } catch (NumberFormatException e) {
            throw new UsageException("image: " + text + ": give the number of a layer after the #");
        }
        throw new ImageException("the image " + familiar(image) + " has the layers 1 to " + count);
    }

    private static String familiar(ImageContainer image) {
        return image.image().name().familiar();
    }

    /** What the image is called. */
    String familiar() {
        return familiar(image);
    }

    /** Its files, the uppermost layer first. */
    List<MergedLayers> files() throws IOException {
        return layer == 0 ? image.files() : List.of(image.layer(layer));
    }

    @Override
    public void close() throws IOException {
        image.close();
    }
}
