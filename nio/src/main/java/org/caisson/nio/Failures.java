package org.caisson.nio;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/** The exceptions that the JDK throws for an errno. */
final class Failures {
    private Failures() {}

    static IOException of(ErrnoException e, @Nullable String file) {
        return of(e, file, null);
    }

    static IOException of(ErrnoException e, @Nullable String file, @Nullable String other) {
        FileSystemException failure = switch (e.errno()) {
            case EACCES -> new AccessDeniedException(file, other, null);
            case ENOENT -> new NoSuchFileException(file, other, null);
            case EEXIST -> new FileAlreadyExistsException(file, other, null);
            case ELOOP ->
                new FileSystemException(
                        file, other, e.errno().text() + " or unable to access attributes of symbolic link");
            default -> new FileSystemException(file, other, e.errno().text());
        };
        failure.initCause(e);
        return failure;
    }

    /** For an open file, which has no name any more. What was interrupted is an InterruptedIOException. */
    static IOException ofOpenFile(ErrnoException e) {
        if (e.errno() == Errno.EINTR) {
            InterruptedIOException failure =
                    new InterruptedIOException(e.errno().text());
            failure.initCause(e);
            return failure;
        }
        return new IOException(e.errno().text(), e);
    }
}
