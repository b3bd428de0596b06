package org.caisson.runtime;

import java.io.IOException;
import org.caisson.linux.Errno;
import org.caisson.runtime.ContainerException.Kind;
import org.caisson.runtime.stage.StageException;
import org.caisson.runtime.stage.Step;

/** Turns failures from below into one sentence for the caller. */
final class Failures {
    private Failures() {}

    static ContainerException of(String what, IOException e) {
        if (e instanceof ContainerException known) {
            return known;
        }
        if (e instanceof StageException stage) {
            return of(what, stage);
        }
        return new ContainerException(what + ": " + e.getMessage(), e);
    }

    /** What was left out, for those who go on without it. */
    static String warning(StageException e) {
        if (e.step() == Step.RLIMIT) {
            return "the resource limit " + ProcessSetup.rlimitName(Integer.parseInt(e.path()))
                    + " cannot be raised so far: the highest possible is in force";
        }
        return String.valueOf(e.getMessage());
    }

    private static ContainerException of(String what, StageException e) {
        if (e.step() == Step.EXEC) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
                return new ContainerException(
                        Kind.NOT_FOUND,
                        e.path() + " is not in the container: correct the name, or PATH among the variables",
                        e);
            }
            return new ContainerException(
                    Kind.NOT_EXECUTABLE,
                    e.path() + " cannot be executed in the container: "
                            + e.errno().text() + "; check that it is a"
                            + " program for this machine with execute permission",
                    e);
        }
        if (e.step() == Step.WORKING_DIRECTORY) {
            return new ContainerException(
                    "the working directory " + e.path() + " cannot be entered in the container: "
                            + e.errno().text() + "; give another one",
                    e);
        }
        return new ContainerException(what + ": " + e.getMessage() + advice(e), e);
    }

    private static String advice(StageException e) {
        return switch (e.step()) {
            case SPAWN -> "; check that the installation is complete";
            case NAMESPACES ->
                e.errno() == Errno.EPERM || e.errno() == Errno.ENOSPC
                        ? "; run caisson check to see what this host lacks"
                        : "";
            case ID_MAPS -> "; run caisson as root";
            default -> "";
        };
    }
}
