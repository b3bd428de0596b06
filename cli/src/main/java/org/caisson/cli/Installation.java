package org.caisson.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where the distribution lies that this JVM runs from. */
final class Installation {
    private Installation() {}

    /** The distribution's directory: told by the launcher, or two levels above the jar. */
    static Path home() {
        String home = System.getProperty("caisson.home");
        if (home != null) {
            return Path.of(home);
        }
        Path jar = Path.of(System.getProperty("java.class.path", "")).toAbsolutePath();
        Path lib = parent(jar);
        Path above = lib == null ? null : parent(lib);
        return above == null ? jar : above;
    }

    /** The first stage of every container. */
    static Path stage() {
        String stage = System.getProperty("caisson.stage");
        return stage == null ? home().resolve("bin/caisson-stage") : Path.of(stage);
    }

    private static @Nullable Path parent(Path path) {
        return path.getParent();
    }
}
