package org.caisson.image.source;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.Index;
import org.caisson.image.oci.Manifest;
import org.caisson.image.oci.MediaType;
import org.caisson.image.oci.Platform;
import org.jspecify.annotations.Nullable;

/** Files in the layout of {@code image-layout.md}: a directory, or an archive of one. */
final class LayoutSource implements ImageSource {
    static final String MARK = "oci-layout";
    static final String INDEX = "index.json";
    static final String CONTAINERD_NAME = "io.containerd.image.name";

    private final SourceFiles files;
    private final String place;
    private final @Nullable String wanted;

    /** {@code wanted} is a name in the layout; null if there is only one image. */
    LayoutSource(SourceFiles files, String place, @Nullable String wanted) {
        this.files = files;
        this.place = place;
        this.wanted = wanted;
    }

    static String path(Digest digest) {
        return "blobs/" + digest.algorithm().prefix() + "/" + digest.hex();
    }

    @Override
    public String place() {
        return place;
    }

    @Override
    public Chosen choose(Platform platform) throws IOException {
        byte[] text = files.document(INDEX);
        Index index = Index.parse(text, MediaType.OCI_INDEX, INDEX + " of " + place);
        List<Descriptor> candidates = index.manifests().stream()
                .filter(one -> wanted == null || wanted.equals(refName(one)) || wanted.equals(containerdName(one)))
                .toList();
        List<String> names = index.manifests().stream()
                .map(LayoutSource::refName)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        if (candidates.isEmpty()) {
            throw new ImageException(place + " has no image" + (wanted == null ? "" : " " + wanted)
                    + (names.isEmpty() ? "" : "; there are " + String.join(", ", names)));
        }
        if (wanted == null && names.size() > 1) {
            throw new ImageException(
                    place + " has several images: choose one of " + String.join(", ", names) + " with --select");
        }
        Descriptor start = candidates.size() == 1 ? candidates.getFirst() : new Index(candidates).select(platform);
        if (start == null) {
            throw new ImageException(place + " has nothing for " + platform + " (--platform chooses another)");
        }
        return Choice.choose(typed(start), this::document, platform, place, name(start));
    }

    private Descriptor typed(Descriptor start) throws IOException {
        if (!start.mediaType().isEmpty()) {
            return start;
        }
        String type = Manifest.typeOf(document(start), start.digest().toString());
        return new Descriptor(type, start.digest(), start.size());
    }

    private static @Nullable String refName(Descriptor descriptor) {
        return descriptor.annotations().get(Descriptor.REF_NAME);
    }

    private static @Nullable String containerdName(Descriptor descriptor) {
        return descriptor.annotations().get(CONTAINERD_NAME);
    }

    /** The reference of a layout is often a mere tag, which is no name. */
    private static @Nullable String name(Descriptor descriptor) {
        String full = containerdName(descriptor);
        String ref = refName(descriptor);
        return full != null ? full : ref != null && ref.indexOf('/') > 0 ? ref : null;
    }

    private byte[] document(Descriptor descriptor) throws IOException {
        byte[] content = files.document(path(descriptor.digest()));
        if (content.length != descriptor.size() || !descriptor.digest().isOf(content)) {
            throw new ImageFormatException(path(descriptor.digest()) + " of " + place + " has other content");
        }
        return content;
    }

    @Override
    public InputStream open(Descriptor blob) throws IOException {
        return files.open(path(blob.digest()));
    }
}
