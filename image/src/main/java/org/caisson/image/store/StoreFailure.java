package org.caisson.image.store;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.caisson.image.oci.ImageException;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/** Failures of the disk in words. */
final class StoreFailure {
    private StoreFailure() {}

    /** What to tell of a failure while {@code what} was done in a store. */
    static IOException of(IOException e, String what, Path root) {
        if (e instanceof ImageException || e instanceof java.io.InterruptedIOException) {
            return e;
        }
        if (isFull(e)) {
            return new ImageException(
                    "cannot " + what + ": no space is left for " + root
                            + "; make room (caisson image prune removes what no image needs), or choose another place with --store",
                    e);
        }
        if (e instanceof AccessDeniedException) {
            return new ImageException(
                    "cannot " + what + ": no permission to use " + root
                            + "; run as root, or choose another place with --store",
                    e);
        }
        if (e instanceof ErrnoException || e instanceof FileSystemException) {
            return new ImageException("cannot " + what + ": " + e.getMessage(), e);
        }
        return e;
    }

    static boolean isFull(@Nullable Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof ErrnoException errno
                    && (errno.errno() == Errno.ENOSPC || errno.errno() == Errno.EDQUOT)) {
                return true;
            }
            // The channels of the JDK tell no number; the launcher has the JVM speak English.
            String message = String.valueOf(cause.getMessage());
            if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) {
                return true;
            }
        }
        return false;
    }
}
