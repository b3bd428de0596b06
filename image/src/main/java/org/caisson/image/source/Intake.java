package org.caisson.image.source;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageConfig;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.Manifest;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.Work;
import org.jspecify.annotations.Nullable;

/** Takes an image from a source into a store: manifest, configuration, layers several at once; the name last. */
public final class Intake {
    /** So many layers at once: the network or one disk is what they wait for. */
    static final int LAYERS_AT_ONCE = 4;

    private final ImageStore store;
    private final Platform platform;
    private final ImageProgress progress;
    private final Layers layers;

    /** Sees to it that a layer is in the store. Called by several threads. */
    @FunctionalInterface
    public interface Layers {
        void take(Work work, Descriptor blob, Digest diffId, ImageSource source, ImageProgress progress)
                throws IOException;
    }

    public Intake(ImageStore store, Platform platform, ImageProgress progress) {
        this(store, platform, progress, Work::layer);
    }

    /** One that gets layers in a way of its own. */
    public Intake(ImageStore store, Platform platform, ImageProgress progress, Layers layers) {
        this.layers = layers;
        this.store = store;
        this.platform = platform;
        this.progress = progress;
    }

    /** Takes it in under a name, or under that which the source has for it. */
    public StoredImage take(ImageSource source, @Nullable Reference name) throws IOException {
        try (Work work = store.begin()) {
            return take(work, source, name);
        }
    }

    StoredImage take(Work work, ImageSource source, @Nullable Reference name) throws IOException {
        ImageSource.Chosen chosen = source.choose(platform);
        Reference called = name != null ? name : named(chosen.name(), source.place());
        String what = "manifest " + chosen.descriptor().digest() + " of " + source.place();
        Manifest manifest = Manifest.parse(chosen.content(), chosen.descriptor().mediaType(), what);
        byte[] configText = document(source, manifest.config());
        ImageConfig config = ImageConfig.parse(configText, "configuration of " + source.place());
        check(manifest, config, source.place());
        Parallel.run(tasks(work, source, manifest, config), LAYERS_AT_ONCE);
        work.document(manifest.config(), configText);
        work.document(chosen.descriptor(), chosen.content());
        return work.name(called, chosen.descriptor(), chosen.index());
    }

    /** One task a layer. The largest begins first: if it came last, it would keep one thread busy while the others had nothing to do. */
    private List<Parallel.Task> tasks(Work work, ImageSource source, Manifest manifest, ImageConfig config) {
        List<Descriptor> blobs = manifest.layers();
        List<Parallel.Task> tasks = new ArrayList<>();
        IntStream.range(0, blobs.size())
                .boxed()
                .sorted(Comparator.comparing(number -> -blobs.get(number).size()))
                .forEach(number -> {
                    Digest diffId = config.diffIds().get(number);
                    tasks.add(() -> layers.take(work, blobs.get(number), diffId, source, progress));
                });
        return tasks;
    }

    static Reference named(@Nullable String name, String place) throws ImageException {
        if (name == null) {
            throw new ImageException(place + " does not say what the image is called: give a name");
        }
        return Reference.parse(name);
    }

    private static byte[] document(ImageSource source, Descriptor descriptor) throws IOException {
        try (InputStream in = source.open(descriptor)) {
            byte[] content = in.readNBytes((int) descriptor.size() + 1);
            if (content.length != descriptor.size() || !descriptor.digest().isOf(content)) {
                throw new ImageFormatException(
                        source.place() + ": configuration " + descriptor.digest() + " has other content");
            }
            return content;
        }
    }

    private void check(Manifest manifest, ImageConfig config, String place) throws ImageException {
        if (config.diffIds().size() != manifest.layers().size()) {
            throw new ImageFormatException(
                    place + ": its configuration has " + config.diffIds().size() + " diff_ids, and there are "
                            + manifest.layers().size() + " layers");
        }
        checkPlatform(config, platform, place);
    }

    static void checkPlatform(ImageConfig config, Platform platform, String place) throws ImageException {
        if (!config.platform().os().isEmpty() && platform.suits(config.platform()) == 0) {
            throw new ImageException(place + " is for " + config.platform() + ", not for " + platform + "; --platform "
                    + config.platform() + " takes it all the same");
        }
    }
}
