package org.caisson.image.oci;

import org.jspecify.annotations.Nullable;

/** Bytes that are not what they are said to be: no manifest, no digest, another content than the one that was named. */
public final class ImageFormatException extends ImageException {
    private static final long serialVersionUID = 1L;

    public ImageFormatException(String message) {
        super(message);
    }

    public ImageFormatException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
