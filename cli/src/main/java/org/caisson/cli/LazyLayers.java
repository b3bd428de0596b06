package org.caisson.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.caisson.image.lazy.LazyRun;
import org.caisson.image.lazy.PartialLayer;
import org.caisson.image.oci.Shown;
import org.caisson.runtime.VirtualLayers;
import org.caisson.vfs.FileSystem;
import org.jspecify.annotations.Nullable;

/** Opens the layers of an image whose data have not all come, for the container that runs from it or for who looks at its files. */
final class LazyLayers implements VirtualLayers, AutoCloseable {
    private final ImageContainer image;
    private final Duration patience;
    private final boolean runs;

    /** Made with the first layer that has not come: most images have none. */
    private @Nullable LazyRun run;

    LazyLayers(ImageContainer image, Duration patience) {
        this(image, patience, true);
    }

    private LazyLayers(ImageContainer image, Duration patience, boolean runs) {
        this.image = image;
        this.patience = patience;
        this.runs = runs;
    }

    /** For who only looks at the files. */
    static LazyLayers toLookAt(ImageContainer image) {
        return new LazyLayers(image, Duration.ofSeconds(LazyRun.PATIENCE_SECONDS), false);
    }

    @Override
    public @Nullable Layer open(String layer) throws IOException {
        Path directory = Path.of(layer);
        if (!Files.isDirectory(directory)) {
            return null;
        }
        LazyRun present = run;
        if (present == null) {
            present = new LazyRun(image.store(), image.image(), image.use(), patience, LazyLayers::warn);
            if (!runs) {
                present.onlyLooks();
            }
            run = present;
        }
        PartialLayer partial = present.open(directory);
        return new Layer() {
            @Override
            public FileSystem fileSystem() {
                return partial.fileSystem();
            }

            @Override
            public void close() {
                // It is the run's.
            }
        };
    }

    private static void warn(String warning) {
        System.err.println("caisson: warning: " + Shown.line(warning));
    }

    @Override
    public void mounted() {
        if (run != null) {
            run.begin();
        }
    }

    @Override
    public void close() {
        if (run != null) {
            run.close();
        }
    }
}
