package org.caisson.runtime.cgroup;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A control group that could not be made, set or removed, as a sentence. */
public final class CgroupException extends IOException {
    private static final long serialVersionUID = 1L;

    CgroupException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
