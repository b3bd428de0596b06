package org.caisson.runtime;

import java.io.IOException;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.Signals;
import org.caisson.runtime.state.StateDirectory;
import org.caisson.runtime.state.StoredState;

/** Has a container's first process end: asked first, killed when its time is over. */
final class Stopping {
    private final StateDirectory states;
    private final StoredState state;

    Stopping(StateDirectory states, StoredState state) {
        this.states = states;
        this.state = state;
    }

    /** Returns when it has ended; negative milliseconds are for ever. One that has ended already is no error. */
    void run(int signal, long millis) throws IOException {
        if (state.pid() == 0) {
            return;
        }
        try (OwnedFd process = ProcessCalls.pidfdOpen(state.pid())) {
            if (!ContainerRuntime.hasProcess(state) || !ContainerRuntime.signalFirst(states, state, signal)) {
                return;
            }
            if (FileCalls.poll(process.number(), FileCalls.POLLIN, millis) == 0) {
                ContainerRuntime.signalFirst(states, state, Signals.SIGKILL);
                FileCalls.poll(process.number(), FileCalls.POLLIN, -1);
            }
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ESRCH) {
                throw e;
            }
        }
    }
}
