package org.caisson.image.lazy;

import java.io.IOException;
import java.nio.file.Path;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.LayerIndex;
import org.caisson.image.source.ImageSource;
import org.caisson.image.source.Intake;
import org.caisson.image.source.RangeSource;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.Work;

/** Takes layers in whole. Of those of which parts have come, what is there of the blob is not fetched again. */
public final class CompletingPull implements Intake.Layers {
    private final ImageStore store;

    public CompletingPull(ImageStore store) {
        this.store = store;
    }

    @Override
    public void take(Work work, Descriptor blob, Digest diffId, ImageSource source, ImageProgress progress)
            throws IOException {
        Digest key = LayerIndex.key(blob);
        if (key != null && source instanceof RangeSource ranges) {
            // From here on nobody removes the parts.
            work.has(blob, diffId, key);
            Path parts = store.parts(blob);
            if (parts != null
                    && !store.has(diffId)
                    && new Completion(parts, ranges, new Priority(), progress).run(work, blob, diffId)) {
                return;
            }
        }
        work.layer(blob, diffId, source, progress);
    }
}
