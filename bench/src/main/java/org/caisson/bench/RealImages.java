package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Images of Debian packages, made by {@code bench/images.sh}, and where what takes long to make is kept between runs. */
final class RealImages {
    private RealImages() {}

    static Path cache() {
        return Path.of(System.getenv().getOrDefault("CAISSON_IMAGES", "/var/cache/caisson-images"));
    }

    /** The layout that holds an image of a name, which is made if it is not there. */
    static Path layout(Path home, String name) throws IOException {
        String told = Programs.run(List.of(home.resolve("bench/images.sh").toString(), name), 3600);
        return Path.of(told.strip());
    }

    /** The files of all layers in a store of images, without what is told of them beside. */
    static List<Path> layers(Path store) throws IOException {
        try (Stream<Path> files = Files.walk(store.resolve("layers"))) {
            return files.filter(file -> Files.isRegularFile(file)
                            && file.getFileName().toString().indexOf('.') < 0)
                    .toList();
        }
    }
}
