package org.caisson.image.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageConfig;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.JsonObject;
import org.caisson.image.oci.Manifest;
import org.caisson.image.oci.MediaType;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.StagedLayer;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.Work;
import org.jspecify.annotations.Nullable;

/**
 * An archive of {@code docker save}: {@code manifest.json} lists images by the paths of their configuration and layers. It has no manifest
 * of OCI, so one is made; the configuration stays as it is, and with it what Docker knows the image by.
 */
final class DockerArchive {
    static final String MANIFEST = "manifest.json";

    private final SourceFiles files;
    private final String place;

    DockerArchive(SourceFiles files, String place) {
        this.files = files;
        this.place = place;
    }

    StoredImage take(
            Work work, @Nullable String wanted, @Nullable Reference name, Platform platform, ImageProgress progress)
            throws IOException {
        JsonObject image = choose(wanted);
        List<String> tags = image.texts("RepoTags");
        Reference called = name != null
                ? name
                : Intake.named(wanted != null ? wanted : tags.isEmpty() ? null : tags.getFirst(), place);
        byte[] configText = files.document(image.requiredText("Config"));
        ImageConfig config = ImageConfig.parse(configText, "configuration of " + place);
        List<String> paths = image.texts("Layers");
        if (paths.size() != config.diffIds().size()) {
            throw new ImageFormatException(place + ": its configuration has "
                    + config.diffIds().size() + " diff_ids, and there are " + paths.size() + " layers");
        }
        Intake.checkPlatform(config, platform, place);
        List<@Nullable Descriptor> layers = new ArrayList<>(Collections.nCopies(paths.size(), null));
        List<Parallel.Task> tasks = new ArrayList<>();
        for (int i = 0; i < paths.size(); i++) {
            int at = i;
            tasks.add(() ->
                    layers.set(at, layer(work, paths.get(at), config.diffIds().get(at), progress)));
        }
        Parallel.run(tasks, Intake.LAYERS_AT_ONCE);
        Descriptor configDescriptor = new Descriptor(MediaType.OCI_CONFIG, Digest.of(configText), configText.length);
        List<Descriptor> all =
                layers.stream().map(java.util.Objects::requireNonNull).toList();
        byte[] manifest = new Manifest(configDescriptor, all).toJson();
        Descriptor descriptor = new Descriptor(MediaType.OCI_MANIFEST, Digest.of(manifest), manifest.length);
        work.document(configDescriptor, configText);
        work.document(descriptor, manifest);
        return work.name(called, descriptor, null);
    }

    private JsonObject choose(@Nullable String wanted) throws IOException {
        List<JsonObject> images =
                JsonObject.parseList(files.document(MANIFEST), MANIFEST + " of " + place, Manifest.MOST_BYTES);
        List<String> names = new ArrayList<>();
        JsonObject found = null;
        for (JsonObject image : images) {
            names.addAll(image.texts("RepoTags"));
            if (wanted == null || image.texts("RepoTags").contains(wanted)) {
                if (found != null) {
                    throw new ImageException(place + " has several images: choose one with --select"
                            + (names.isEmpty() ? "" : ", such as " + names.getFirst()));
                }
                found = image;
            }
        }
        if (found == null) {
            throw new ImageException(place + " has no image" + (wanted == null ? "" : " " + wanted)
                    + (names.isEmpty() ? "" : "; there are " + String.join(", ", names)));
        }
        return found;
    }

    private Descriptor layer(Work work, String path, Digest diffId, ImageProgress progress) throws IOException {
        StagedLayer staged =
                work.stage(files.open(path), done -> progress.layer(diffId, ImageProgress.State.READING, done, -1));
        if (!staged.diffId().equals(diffId)) {
            throw new ImageFormatException(place + ": the plain content of " + path + " has the digest "
                    + staged.diffId() + ", and the configuration says " + diffId);
        }
        work.publish(staged);
        progress.layer(
                diffId,
                ImageProgress.State.DONE,
                staged.blob().size(),
                staged.blob().size());
        return staged.blob();
    }
}
