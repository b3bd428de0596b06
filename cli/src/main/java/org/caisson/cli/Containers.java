package org.caisson.cli;

import java.util.List;
import org.caisson.runtime.ContainerException;

/** The containers that a command was given. */
final class Containers {
    private Containers() {}

    /** What is done with a container. */
    @FunctionalInterface
    interface Step {
        void with(String id) throws ContainerException;
    }

    /** Does something with each, and prints its name then. One that fails does not keep the others: all failures are told. */
    static void each(Caller caller, List<String> ids, Step step) throws ContainerException {
        ContainerException failure = null;
        for (String id : ids) {
            try {
                step.with(id);
                caller.out().println(id);
            } catch (ContainerException e) {
                if (failure != null) {
                    caller.err().println("caisson: " + failure.getMessage());
                }
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
