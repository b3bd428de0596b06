package org.caisson.image.source;

import org.caisson.image.oci.ImageException;

/** A registry that was asked for a part of a blob answers with all of it. */
public final class NoRangesException extends ImageException {
    private static final long serialVersionUID = 1;

    public NoRangesException(String message) {
        super(message);
    }
}
