package org.caisson.image.source;

import java.io.IOException;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.Index;
import org.caisson.image.oci.MediaType;
import org.caisson.image.oci.Platform;
import org.jspecify.annotations.Nullable;

/** Goes from what a name stands for to a manifest, through as many indexes as there are between. */
public final class Choice {
    private static final int DEEPEST = 4;

    private Choice() {}

    /** Reads documents. */
    @FunctionalInterface
    public interface Documents {
        /** The content of a document, which has the descriptor's digest. */
        byte[] read(Descriptor descriptor) throws IOException;
    }

    /** The manifest for a platform. */
    public static ImageSource.Chosen choose(
            Descriptor start, Documents documents, Platform platform, String place, @Nullable String name)
            throws IOException {
        Descriptor at = start;
        Digest index = null;
        for (int depth = 0; depth < DEEPEST; depth++) {
            byte[] content = documents.read(at);
            if (MediaType.isManifest(at.mediaType())) {
                return new ImageSource.Chosen(at, content, index, name);
            }
            if (!MediaType.isIndex(at.mediaType())) {
                throw new ImageFormatException(
                        place + ": " + at.digest() + " is neither a manifest nor an index, but " + at.mediaType());
            }
            Index list = Index.parse(content, at.mediaType(), "index " + at.digest());
            Descriptor next = list.select(platform);
            if (next == null) {
                throw new ImageException(place + " has nothing for " + platform + "; it is for " + platforms(list)
                        + " (--platform chooses another)");
            }
            index = index == null ? at.digest() : index;
            at = next;
        }
        throw new ImageFormatException(place + ": more than " + DEEPEST + " indexes one in another");
    }

    private static String platforms(Index list) {
        StringBuilder shown = new StringBuilder();
        list.manifests().stream()
                .map(Descriptor::platform)
                .filter(java.util.Objects::nonNull)
                .map(Platform::toString)
                .distinct()
                .forEach(one -> shown.append(shown.isEmpty() ? "" : ", ").append(one));
        return shown.isEmpty() ? "nothing" : shown.toString();
    }
}
