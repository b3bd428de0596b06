package org.caisson.image.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageFormatException;

/** Makes the files of whole images, out of layers that whoever asks has pinned. */
final class Merging {
    private final Work work;
    private final Places places;
    private final LayerConverter converter;

    Merging(Work work, Places places, LayerConverter converter) {
        this.work = work;
        this.places = places;
        this.converter = converter;
    }

    /** By what a merged file is known: its layers and their order. */
    static Digest key(List<Digest> diffIds) {
        String all = diffIds.stream().map(Digest::toString).collect(Collectors.joining("\n"));
        return Digest.of(all.getBytes(StandardCharsets.US_ASCII));
    }

    /** The file of some layers, the lowest first; it is made if it is not there. */
    MergedLayers of(List<Digest> diffIds) throws IOException {
        List<Path> layers = diffIds.stream().map(places::layer).toList();
        if (layers.size() == 1) {
            if (converter.needsLower(layers.getFirst())) {
                throw new ImageFormatException(
                        "its only layer has hard links to files of layers below it, and there are none");
            }
            return new MergedLayers(layers.getFirst(), List.of());
        }
        Digest key = key(diffIds);
        Path place = places.merged(key);
        if (!isThere(key, place)) {
            try (StoreLock _ = StoreLock.take(places.mergedLock(key))) {
                if (!isThere(key, place)) {
                    make(layers, place);
                }
            }
        }
        return new MergedLayers(place, layers.stream().distinct().toList());
    }

    /** Whether the file of some layers has the bytes that they give; true if there is none. The layers are there. */
    boolean isRight(List<Digest> diffIds) throws IOException {
        Path place = places.merged(key(diffIds));
        if (!Files.exists(place)) {
            return true;
        }
        Path again = work.unusedName();
        try {
            converter.merge(diffIds.stream().map(places::layer).toList(), again);
            return Files.mismatch(again, place) < 0;
        } finally {
            Files.deleteIfExists(again);
        }
    }

    private boolean isThere(Digest key, Path place) throws IOException {
        try (StoreLock _ = StoreLock.share(places.lock())) {
            work.pin(Collector.MERGED, key);
            return Files.exists(place);
        }
    }

    private void make(List<Path> layers, Path place) throws IOException {
        Path file = work.unusedName();
        converter.merge(layers, file);
        Durable.sync(file);
        try (StoreLock _ = StoreLock.share(places.lock())) {
            Durable.publish(file, place);
        }
    }
}
