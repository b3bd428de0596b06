package org.caisson.image.oci;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A failure with an image, told in one sentence: what was tried, on what, why it failed, and what to do. */
public class ImageException extends IOException {
    private static final long serialVersionUID = 1L;

    public ImageException(String message) {
        super(message);
    }

    public ImageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
