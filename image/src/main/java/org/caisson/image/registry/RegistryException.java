package org.caisson.image.registry;

import org.caisson.image.oci.ImageException;

/** A registry's answer that is no success. */
public final class RegistryException extends ImageException {
    private static final long serialVersionUID = 1L;

    private final int status;

    RegistryException(String message, int status) {
        super(message);
        this.status = status;
    }

    /** The HTTP status; 0 if it was not that. */
    int status() {
        return status;
    }

    /** Whether another attempt may be answered otherwise. */
    public boolean isTemporary() {
        return isTemporary(status);
    }

    static boolean isTemporary(int status) {
        return status == 429 || status == 408 || (status >= 500 && status != 501 && status != 505);
    }
}
