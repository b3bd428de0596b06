package org.caisson.image.store;

import org.caisson.image.oci.Digest;

/** Who is told how far an image has come. Told by several threads at once, often; it is not to wait. */
public interface ImageProgress {
    /** Tells nobody. */
    ImageProgress SILENT = new ImageProgress() {
        @Override
        public void layer(Digest blob, State state, long done, long size) {}
    };

    /** What happens to a layer. */
    enum State {
        /** Another is fetching it. */
        WAITING,
        /** It is being read, unpacked and converted. */
        READING,
        /** Its digests are right; it is being written to the disk. */
        STORING,
        /** It is in the store. */
        DONE,
        /** It was there before. */
        PRESENT
    }

    /** A layer of {@code size} bytes (-1 if that is not known), {@code done} of which were read. */
    void layer(Digest blob, State state, long done, long size);
}
