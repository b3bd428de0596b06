package org.caisson.runtime.state;

import java.io.IOException;
import java.nio.file.Path;

/** What was remembered of a container cannot be read: of it we know no more than its name. */
public final class DamagedStateException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedStateException(Path directory, Throwable cause) {
        super(
                directory + "/state.json is damaged (" + cause.getMessage() + "): delete the container with --force",
                cause);
    }
}
