package org.caisson.runtime;

import org.caisson.linux.ErrnoException;
import org.caisson.linux.ProcessCalls;

/** Takes the remains of children that nobody waits for: a caller that lives longer than they must not keep them. */
final class Reaper {
    private Reaper() {}

    /** Waits for a child's end in a thread of its own. */
    static void reap(int pid) {
        Thread.ofPlatform().daemon().name("caisson-reaper").start(() -> {
            try {
                ProcessCalls.waitForExit(pid);
            } catch (ErrnoException e) {
                // ECHILD: somebody else took it.
            }
        });
    }
}
