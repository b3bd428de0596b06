package org.caisson.image.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.image.erofs.ErofsFormatException;
import org.caisson.image.erofs.SideFile;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;

/** Reads all of an image and compares each digest. */
final class Verification {
    private final ImageStore store;
    private final ImageProgress progress;
    private final List<String> wrong = new ArrayList<>();

    Verification(ImageStore store, ImageProgress progress) {
        this.store = store;
        this.progress = progress;
    }

    List<String> run(StoredImage image) throws IOException {
        blob("manifest", image.descriptor());
        blob("configuration", image.manifest().config());
        for (int i = 0; i < image.manifest().layers().size(); i++) {
            Descriptor layer = image.manifest().layers().get(i);
            Digest diffId = image.config().diffIds().get(i);
            if (blob("layer", layer)) {
                plainContent(layer, diffId);
            }
            if (store.has(diffId) || store.parts(layer) == null) {
                converted(diffId);
            }
            progress.layer(layer.digest(), ImageProgress.State.DONE, layer.size(), layer.size());
        }
        merged(image.config().diffIds());
        return wrong;
    }

    /** What is not there will be made again; what is must be as it was made. */
    private void merged(List<Digest> diffIds) throws IOException {
        Path file = store.places().merged(Merging.key(diffIds));
        if (Files.exists(file)) {
            LayerFacts facts = LayerFacts.read(Places.facts(file));
            if (!LayerFacts.of(file).equals(facts)) {
                wrong.add("merged layers " + file.getFileName() + " have other content than when they were made");
            }
        }
    }

    private boolean blob(String what, Descriptor blob) throws IOException {
        String name = what + " " + blob.digest();
        Path file = store.places().blob(blob.digest());
        try (BlobReader in = new BlobReader(
                Files.newInputStream(file),
                OutputStream.nullOutputStream(),
                blob.digest().algorithm(),
                Long.MAX_VALUE,
                done -> progress.layer(blob.digest(), ImageProgress.State.READING, done, blob.size()))) {
            in.transferTo(OutputStream.nullOutputStream());
            if (in.count() != blob.size()) {
                wrong.add(name + " has " + in.count() + " bytes instead of " + blob.size());
                return false;
            }
            if (!in.digest().equals(blob.digest())) {
                wrong.add(name + " has other content");
                return false;
            }
            return true;
        } catch (NoSuchFileException e) {
            wrong.add(name + (store.parts(blob) == null ? " is missing" : " has not come in whole"));
            return false;
        }
    }

    private void plainContent(Descriptor layer, Digest diffId) throws IOException {
        try (InputStream plain = Decompression.plain(store.open(layer));
                DigestReader reader = new DigestReader(plain, diffId.algorithm())) {
            if (!reader.finish().equals(diffId)) {
                wrong.add("layer " + layer.digest() + " does not unpack to " + diffId);
            }
        }
    }

    private void converted(Digest diffId) throws IOException {
        Path file = store.layer(diffId);
        try {
            LayerFacts facts = LayerFacts.read(Places.facts(file));
            if (!LayerFacts.of(file).equals(facts)) {
                wrong.add("converted layer " + diffId + " has other content than when it was made");
            }
            digests(diffId, Places.side(file), Files.size(file));
        } catch (NoSuchFileException e) {
            wrong.add("converted layer " + diffId + " is missing");
        }
    }

    private void digests(Digest diffId, Path side, long size) throws IOException {
        if (Files.exists(side)) {
            try (SideFile known = SideFile.open(side)) {
                if (known.imageSize() != size) {
                    wrong.add("the digests of files of layer " + diffId + " are those of another layer");
                }
            } catch (ErofsFormatException e) {
                wrong.add("the digests of files of layer " + diffId + " are " + e.getMessage());
            }
        }
    }
}
