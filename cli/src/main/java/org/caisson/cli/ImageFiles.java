package org.caisson.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.caisson.image.tree.ImageLayers;
import org.caisson.linux.ErrnoException;
import org.caisson.runtime.VirtualLayers;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.difference.Subtree;
import org.jspecify.annotations.Nullable;

/** The files of an image, for a command that looks at them. Data of layers that have not come in whole are fetched when they are read. */
final class ImageFiles implements AutoCloseable {
    private final LazyLayers parts;
    private final ImageLayers layers;
    private final boolean one;

    private ImageFiles(LazyLayers parts, ImageLayers layers, boolean one) {
        this.parts = parts;
        this.layers = layers;
        this.one = one;
    }

    /** All layers of an image. */
    static ImageFiles open(ImageContainer image) throws IOException {
        return open(new ImageLayerName(image, 0), null);
    }

    /** An image, or a layer; it is not closed. */
    static ImageFiles open(ImageLayerName name) throws IOException {
        return open(name, null);
    }

    /** Another one, to be compared with this, which is to be closed later. */
    ImageFiles beside(ImageLayerName name) throws IOException {
        return open(name, layers);
    }

    private static ImageFiles open(ImageLayerName name, @Nullable ImageLayers first) throws IOException {
        LazyLayers parts = LazyLayers.toLookAt(name.image());
        try {
            ImageLayers.Opener opener = layer -> fileSystem(parts, layer);
            ImageLayers layers =
                    first == null ? ImageLayers.open(name.files(), opener) : first.beside(name.files(), opener);
            return new ImageFiles(parts, layers, name.layer() != 0);
        } catch (IOException | RuntimeException e) {
            parts.close();
            throw e;
        }
    }

    private static @Nullable FileSystem fileSystem(LazyLayers parts, Path layer) throws IOException {
        VirtualLayers.Layer opened = parts.open(layer.toString());
        return opened == null ? null : opened.fileSystem();
    }

    ImageLayers layers() {
        return layers;
    }

    /** Their tree: that of all layers merged, or of the one that was asked for. */
    Subtree tree() throws ErrnoException {
        return one ? layers.only() : layers.merged();
    }

    @Override
    public void close() {
        layers.close();
        parts.close();
    }
}
