package org.caisson.image.source;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.caisson.image.layer.LayerStream;
import org.caisson.image.oci.ConfigDraft;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.Manifest;
import org.caisson.image.oci.MediaType;
import org.caisson.image.oci.Reference;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StagedLayer;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.Work;

/**
 * Makes an image of another one and a layer over it, as {@code docker commit} does.
 *
 * @param createdBy the command whose changes the layer holds
 * @param author who made it; may be empty
 * @param comment a remark; may be empty
 * @param changes what else is to be different, each an instruction of {@link ConfigDraft#change}
 */
public record Commit(String createdBy, String author, String comment, List<String> changes) {
    /** Copies the list. */
    public Commit {
        changes = List.copyOf(changes);
    }

    /** Writes the layer, and gives the image a name when all of it is in the store. */
    public StoredImage run(
            ImageStore store, StoredImage base, LayerStream.Source layer, Reference name, ImageProgress progress)
            throws IOException {
        ConfigDraft draft = ConfigDraft.of(config(store, base), "configuration of " + base.name());
        for (String change : changes) {
            draft.change(change);
        }
        try (Work work = store.begin()) {
            work.use(base);
            StagedLayer staged = stage(work, layer, name, progress);
            work.publish(staged);
            Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
            draft.addLayer(staged.diffId(), now, createdBy, author, comment);
            byte[] config = draft.toJson();
            Descriptor configDescriptor = new Descriptor(MediaType.OCI_CONFIG, Digest.of(config), config.length);
            List<Descriptor> layers = new ArrayList<>();
            for (Descriptor known : base.manifest().layers()) {
                layers.add(known.withMediaType(MediaType.ofOci(known.mediaType())));
            }
            layers.add(staged.blob());
            byte[] manifest = new Manifest(configDescriptor, layers).toJson();
            Descriptor descriptor = new Descriptor(MediaType.OCI_MANIFEST, Digest.of(manifest), manifest.length);
            work.document(configDescriptor, config);
            work.document(descriptor, manifest);
            return work.name(name, descriptor, null);
        }
    }

    private static byte[] config(ImageStore store, StoredImage base) throws IOException {
        try (InputStream in = store.open(base.manifest().config())) {
            return in.readNBytes(Manifest.MOST_BYTES);
        }
    }

    private static StagedLayer stage(Work work, LayerStream.Source layer, Reference name, ImageProgress progress)
            throws IOException {
        Digest shown = Digest.of(name.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return work.stage(LayerStream.of(layer), done -> progress.layer(shown, ImageProgress.State.READING, done, -1));
    }
}
