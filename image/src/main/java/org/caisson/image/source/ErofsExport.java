package org.caisson.image.source;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageConfig;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.Manifest;
import org.caisson.image.oci.MediaType;
import org.caisson.image.source.ExportedImage.Blob;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.Work;

/** Makes another image of one in the store: its layers are the EROFS images that the store has of them, compressed as a whole by zstd. */
final class ErofsExport {
    /** Zstd's own choice between time and size. */
    private static final int LEVEL = 3;

    private final ImageStore store;
    private final Work work;

    /** Compressed files lie in a directory of work. */
    ErofsExport(ImageStore store, Work work) {
        this.store = store;
        this.work = work;
    }

    /** A layer on its way: the digest of the plain image, and the compressed one. */
    private record Layer(Digest plain, Blob compressed) {}

    ExportedImage of(StoredImage image) throws IOException {
        Map<Digest, Layer> known = new HashMap<>();
        List<Digest> diffIds = new ArrayList<>();
        List<Descriptor> layers = new ArrayList<>();
        List<Blob> blobs = new ArrayList<>();
        for (Digest diffId : image.config().diffIds()) {
            Layer layer = known.get(diffId);
            if (layer == null) {
                if (!store.has(diffId)) {
                    throw new ImageException("the layer " + diffId.brief()
                            + " has not come in whole: caisson image pull of its image completes it");
                }
                layer = compress(store.layer(diffId));
                known.put(diffId, layer);
                blobs.add(layer.compressed);
            }
            diffIds.add(layer.plain);
            layers.add(layer.compressed.descriptor());
        }
        byte[] text;
        try (InputStream in = store.open(image.manifest().config())) {
            text = in.readAllBytes();
        }
        byte[] config = ImageConfig.withErofsLayers(text, "configuration of " + image.name(), diffIds);
        Blob configBlob = Blob.of(MediaType.OCI_CONFIG, config);
        Blob manifest = Blob.of(MediaType.OCI_MANIFEST, new Manifest(configBlob.descriptor(), layers).toJson());
        blobs.addFirst(configBlob);
        blobs.addFirst(manifest);
        return new ExportedImage(manifest.descriptor(), blobs);
    }

    private Layer compress(Path plain) throws IOException {
        if (store.needsLower(plain)) {
            throw new ImageException(
                    "a layer has hard links to files of layers below it, which a layer that is an EROFS image"
                            + " cannot have: export the image with --layers original");
        }
        Path file = work.unusedName();
        MessageDigest plainDigest = Digest.Algorithm.SHA256.begin();
        MessageDigest digest = Digest.Algorithm.SHA256.begin();
        try (InputStream in = new DigestInputStream(Files.newInputStream(plain), plainDigest);
                OutputStream out =
                        Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                OutputStream compressed = new ZstdOutputStreamNoFinalizer(new DigestOutputStream(out, digest), LEVEL)) {
            in.transferTo(compressed);
        }
        Descriptor descriptor = new Descriptor(
                MediaType.EROFS_LAYER_ZSTD, Digest.finish(Digest.Algorithm.SHA256, digest), Files.size(file));
        return new Layer(
                Digest.finish(Digest.Algorithm.SHA256, plainDigest),
                new Blob(descriptor, () -> Files.newInputStream(file)));
    }
}
