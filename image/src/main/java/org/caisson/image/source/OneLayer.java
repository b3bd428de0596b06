package org.caisson.image.source;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageConfig;
import org.caisson.image.oci.Manifest;
import org.caisson.image.oci.MediaType;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.StagedLayer;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.Work;

/** Makes an image of one layer: of the archive of a root directory, as {@code docker import} does. */
final class OneLayer {
    private final Work work;
    private final Platform platform;
    private final ImageProgress progress;

    OneLayer(Work work, Platform platform, ImageProgress progress) {
        this.work = work;
        this.platform = platform;
        this.progress = progress;
    }

    /** The layer of a tar archive, perhaps compressed. The stream is closed. */
    StagedLayer stage(InputStream tar, Reference name) throws IOException {
        Digest shown = Digest.of(name.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        StagedLayer staged = work.stage(tar, done -> progress.layer(shown, ImageProgress.State.READING, done, -1));
        progress.layer(
                shown,
                ImageProgress.State.DONE,
                staged.blob().size(),
                staged.blob().size());
        return staged;
    }

    StoredImage name(StagedLayer staged, Reference name, String comment) throws IOException {
        work.publish(staged);
        byte[] config = ImageConfig.ofOneLayer(
                platform, Instant.now().truncatedTo(ChronoUnit.SECONDS), staged.diffId(), comment);
        Descriptor configDescriptor = new Descriptor(MediaType.OCI_CONFIG, Digest.of(config), config.length);
        byte[] manifest = new Manifest(configDescriptor, List.of(staged.blob())).toJson();
        Descriptor descriptor = new Descriptor(MediaType.OCI_MANIFEST, Digest.of(manifest), manifest.length);
        work.document(configDescriptor, config);
        work.document(descriptor, manifest);
        return work.name(name, descriptor, null);
    }
}
