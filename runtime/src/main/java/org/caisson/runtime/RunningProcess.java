package org.caisson.runtime;

/** The main process of a container, or a process added to it, while it runs. */
public interface RunningProcess {
    /** Its process id on the host. */
    int pid();

    /** Sends a signal to it; nothing happens if it is gone. */
    void signal(int signal);
}
