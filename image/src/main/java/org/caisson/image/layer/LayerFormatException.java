package org.caisson.image.layer;

import java.io.IOException;

/** A file that a layer cannot hold, with its path and the reason. */
public final class LayerFormatException extends IOException {
    private static final long serialVersionUID = 1;

    LayerFormatException(String message) {
        super(message);
    }
}
