package org.caisson.image.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Images that umoci makes of random files. */
public final class TestImages {
    private TestImages() {}

    /** A layout with one image, {@code image:test}, of some layers of some bytes each that do not compress. */
    public static Path layout(Path in, int layers, int bytes, long seed) throws IOException, InterruptedException {
        Random random = new Random(seed);
        Host.run(in, "umoci", "init", "--layout", "image");
        Host.run(in, "umoci", "new", "--image", "image:test");
        for (int layer = 0; layer < layers; layer++) {
            Path root = Files.createDirectory(in.resolve("root" + layer));
            byte[] content = new byte[bytes];
            random.nextBytes(content);
            Files.write(root.resolve("file" + layer), content);
            Files.createSymbolicLink(root.resolve("link" + layer), Path.of("file" + layer));
            Host.run(in, "umoci", "insert", "--image", "image:test", root.toString(), "/layer" + layer);
        }
        Host.run(
                in,
                "umoci",
                "config",
                "--image",
                "image:test",
                "--config.entrypoint",
                "/bin/sh",
                "--config.env",
                "WHO=caisson",
                "--config.user",
                "65534",
                "--config.workingdir",
                "/layer0");
        return in.resolve("image");
    }
}
