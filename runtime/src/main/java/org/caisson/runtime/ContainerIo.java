package org.caisson.runtime;

import java.util.List;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.stage.Interruption;
import org.jspecify.annotations.Nullable;

/** What a caller in the foreground is told while a container runs. */
public interface ContainerIo {
    /** Inherits the caller's descriptors and listens to nothing; warnings go to standard error. */
    ContainerIo INHERIT = new ContainerIo() {};

    /** Asked while the program has not started yet; null if the caller waits for it however long it takes. */
    default @Nullable Interruption interruption() {
        return null;
    }

    /** What the program gets as standard streams. */
    default StandardStreams streams() {
        return StandardStreams.INHERIT;
    }

    /** Descriptors that the program may inherit; null for those that this process has from 3 on. */
    default @Nullable List<OwnedFd> descriptors() {
        return null;
    }

    /** The process that asks, whose limits and control groups a container begins with; 0 for our own. */
    default int process() {
        return 0;
    }

    /** The master side of the program's terminal, owned by the callee from now on. Called before the program starts. */
    default void terminal(OwnedFd master) {
        master.close();
    }

    /** The program was told to start. */
    default void started(RunningProcess process) {}

    /** The program has ended, and its container is about to be taken away. */
    default void ended(int status) {}

    /** Something asked for could not be done exactly, and the container goes on without it. */
    default void warning(String message) {
        System.err.println("caisson: warning: " + message);
    }
}
