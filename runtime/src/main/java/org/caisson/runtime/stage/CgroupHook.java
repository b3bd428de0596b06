package org.caisson.runtime.stage;

import java.io.IOException;

/** Puts the container's first process into its cgroups before it does anything there. */
@FunctionalInterface
public interface CgroupHook {
    /** A container without cgroups of its own. */
    CgroupHook NONE = pid -> {};

    /** The process waits meanwhile; {@code pid} is as this process sees it. */
    void attach(int pid) throws IOException;
}
