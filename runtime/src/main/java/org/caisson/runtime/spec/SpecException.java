package org.caisson.runtime.spec;

import java.io.IOException;

/** A specification that is wrong; the message begins with the JSON path of what is wrong. */
public final class SpecException extends IOException {
    private static final long serialVersionUID = 1L;

    public SpecException(String message) {
        super(message);
    }

    SpecException(String path, String problem) {
        super(path.isEmpty() ? problem : path + ": " + problem);
    }
}
