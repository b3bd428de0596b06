package org.caisson.runtime;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A failure told in one sentence: what was tried, on what, why it failed, and what to do. */
public final class ContainerException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** What the caller's exit status follows from. */
    public enum Kind {
        /** Caisson could not do its work: exit status 125. */
        FAILED(125),
        /** The program exists and cannot be executed: exit status 126. */
        NOT_EXECUTABLE(126),
        /** The program does not exist in the container: exit status 127. */
        NOT_FOUND(127),
        /** No such container. */
        NO_SUCH_CONTAINER(125),
        /** The container is not in a state that allows this. */
        WRONG_STATE(125),
        /** The specification is wrong. */
        BAD_SPEC(125);

        private final int exitStatus;

        Kind(int exitStatus) {
            this.exitStatus = exitStatus;
        }

        /** The exit status of the command that met this failure. */
        public int exitStatus() {
            return exitStatus;
        }
    }

    public ContainerException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public ContainerException(Kind kind, String message) {
        this(kind, message, null);
    }

    public ContainerException(String message) {
        this(Kind.FAILED, message, null);
    }

    public ContainerException(String message, @Nullable Throwable cause) {
        this(Kind.FAILED, message, cause);
    }

    /** What sort of failure this is. */
    public Kind kind() {
        return kind;
    }

    /** 125, 126 or 127, as Docker uses them. */
    public int exitStatus() {
        return kind.exitStatus();
    }
}
