package org.caisson.nio;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What holds on the JDK's provider must hold on ours: each contract runs on both. */
abstract class Contract {
    /** Makes the ground that a test stands on. */
    interface Maker {
        Ground make() throws IOException;
    }

    private final Maker maker;

    private Ground ground;

    Contract(Maker maker) {
        this.maker = maker;
    }

    @BeforeEach
    final void enter() throws IOException {
        ground = maker.make();
    }

    @AfterEach
    final void leave() throws IOException {
        ground.close();
    }

    final Path directory() {
        return ground.directory();
    }

    final Path elsewhere() {
        return ground.elsewhere();
    }

    final String storeType() {
        return ground.storeType();
    }

    final Path path(String relative) {
        return directory().resolve(relative);
    }

    final Path file(String relative, String content) throws IOException {
        return Files.writeString(path(relative), content);
    }

    final Path folder(String relative) throws IOException {
        return Files.createDirectories(path(relative));
    }

    final Path link(String relative, String target) throws IOException {
        return Files.createSymbolicLink(
                path(relative), directory().getFileSystem().getPath(target));
    }
}
