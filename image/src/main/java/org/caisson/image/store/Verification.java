package org.caisson.image.store;

import java.io.IOException;
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
import org.caisson.image.oci.ImageFormatException;
import org.jspecify.annotations.Nullable;

/** Reads all of an image, compares each digest, and makes again what was made of it, which must have the same bytes. */
final class Verification {
    private final ImageStore store;
    private final Work work;
    private final ImageProgress progress;
    private final List<String> wrong = new ArrayList<>();

    /** {@code work} is where what is made again lies meanwhile, one layer at a time. */
    Verification(ImageStore store, Work work, ImageProgress progress) {
        this.store = store;
        this.work = work;
        this.progress = progress;
    }

    List<String> run(StoredImage image) throws IOException {
        document("manifest", image.descriptor());
        document("configuration", image.manifest().config());
        int before = wrong.size();
        List<Digest> diffIds = image.config().diffIds();
        for (int i = 0; i < image.manifest().layers().size(); i++) {
            Descriptor layer = image.manifest().layers().get(i);
            layer(layer, diffIds.get(i));
            progress.layer(layer.digest(), ImageProgress.State.DONE, layer.size(), layer.size());
        }
        if (wrong.size() == before && diffIds.stream().allMatch(store::has)) {
            merged(diffIds);
        }
        return wrong;
    }

    /** What is not there will be made again. */
    private void merged(List<Digest> diffIds) throws IOException {
        if (!new Merging(work, store.places(), store.converter()).isRight(diffIds)) {
            wrong.add("merged layers " + Merging.key(diffIds).hex()
                    + " have other content than what is made of the layers");
        }
    }

    private void document(String what, Descriptor blob) throws IOException {
        String name = what + " " + blob.digest();
        try (BlobReader in = new BlobReader(
                Files.newInputStream(store.places().blob(blob.digest())),
                OutputStream.nullOutputStream(),
                blob.digest().algorithm(),
                Long.MAX_VALUE,
                _ -> {})) {
            in.transferTo(OutputStream.nullOutputStream());
            if (in.count() != blob.size()) {
                wrong.add(name + " has " + in.count() + " bytes instead of " + blob.size());
            } else if (!in.digest().equals(blob.digest())) {
                wrong.add(name + " has other content");
            }
        } catch (NoSuchFileException e) {
            wrong.add(name + " is missing");
        }
    }

    private void layer(Descriptor layer, Digest diffId) throws IOException {
        boolean converted = store.has(diffId);
        StagedLayer again = again(layer, converted);
        try {
            if (again != null && !again.diffId().equals(diffId)) {
                wrong.add("layer " + layer.digest() + " does not unpack to " + diffId);
            } else if (converted) {
                converted(diffId, again == null ? null : again.layerFile());
            }
        } finally {
            if (again != null) {
                again.delete();
            }
        }
        if (!converted && store.parts(layer) == null) {
            wrong.add("converted layer " + diffId + " is missing");
        }
    }

    /** A layer as it is now; null if it is wrong, which is noted. */
    private @Nullable StagedLayer again(Descriptor layer, boolean convert) throws IOException {
        if (!Files.exists(store.places().blob(layer.digest()))) {
            wrong.add("layer " + layer.digest()
                    + (store.parts(layer) == null ? " is missing" : " has not come in whole"));
            return null;
        }
        try {
            return work.again(
                    layer,
                    convert,
                    done -> progress.layer(layer.digest(), ImageProgress.State.READING, done, layer.size()));
        } catch (ImageFormatException e) {
            wrong.add("layer " + layer.digest() + " has other content: " + e.getMessage());
            return null;
        }
    }

    /** {@code again} is what it should be; null if that is not known. */
    private void converted(Digest diffId, @Nullable Path again) throws IOException {
        Path file = store.layer(diffId);
        if (again != null && Files.mismatch(file, again) >= 0) {
            wrong.add("converted layer " + diffId + " has other content than what is made of its blob");
        }
        Path side = Places.side(file);
        if (Files.exists(side)) {
            try (SideFile known = SideFile.open(side)) {
                if (known.imageSize() != Files.size(file)) {
                    wrong.add("the digests of files of layer " + diffId + " are those of another layer");
                }
            } catch (ErofsFormatException e) {
                wrong.add("the digests of files of layer " + diffId + " are " + e.getMessage());
            }
        }
    }
}
