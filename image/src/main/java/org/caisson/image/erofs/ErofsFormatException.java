package org.caisson.image.erofs;

import java.io.IOException;

/** An entry that an image cannot hold, or a source of entries that makes no sense; says which, and why. */
public final class ErofsFormatException extends IOException {
    private static final long serialVersionUID = 1;

    ErofsFormatException(String message) {
        super(message);
    }
}
