package org.caisson.runtime.stage;

import java.io.IOException;
import org.caisson.linux.Errno;

/** A step of the first stage that failed: "cannot mount /proc: Operation not permitted (EPERM)". Also a warning of one. */
public final class StageException extends IOException {
    private static final long serialVersionUID = 1;

    private final Step step;
    private final Errno errno;
    private final String path;

    StageException(Step step, Errno errno, String path) {
        super("cannot " + step.phrase() + (path.isEmpty() ? "" : " " + path) + ": " + errno.text() + " (" + errno.name()
                + ")");
        this.step = step;
        this.errno = errno;
        this.path = path;
    }

    public Step step() {
        return step;
    }

    public Errno errno() {
        return errno;
    }

    /** What it was about: a path, a name, a number; may be empty. */
    public String path() {
        return path;
    }
}
