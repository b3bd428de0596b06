package org.caisson.image.copy;

import java.io.IOException;

/** Why something is not copied, in a sentence. */
public final class CopyException extends IOException {
    private static final long serialVersionUID = 1L;

    CopyException(String message) {
        super(message);
    }

    CopyException(String message, Throwable cause) {
        super(message, cause);
    }
}
