package org.caisson.image.source;

import java.io.IOException;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.Platform;
import org.caisson.image.store.BlobSource;
import org.jspecify.annotations.Nullable;

/** A place that holds an image whose manifest names its blobs. */
public interface ImageSource extends BlobSource {
    /** The place in messages. */
    String place();

    /** The manifest of what suits a platform best. */
    Chosen choose(Platform platform) throws IOException;

    /** A manifest that was chosen. */
    final class Chosen {
        private final Descriptor descriptor;
        private final byte[] content;
        private final @Nullable Digest index;
        private final @Nullable String name;

        /**
         * The bytes must have the descriptor's digest.
         *
         * @param index the digest of the index that it was chosen from; null if there was none
         * @param name what the place calls the image; null if it does not say
         */
        public Chosen(Descriptor descriptor, byte[] content, @Nullable Digest index, @Nullable String name) {
            this.descriptor = descriptor;
            this.content = content;
            this.index = index;
            this.name = name;
        }

        Descriptor descriptor() {
            return descriptor;
        }

        /** Not to be changed. */
        byte[] content() {
            return content;
        }

        @Nullable
        Digest index() {
            return index;
        }

        @Nullable
        String name() {
            return name;
        }
    }
}
