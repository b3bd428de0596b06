package org.caisson.runtime.cgroup;

import java.nio.file.Path;
import java.util.List;

/**
 * One mounted hierarchy of control groups.
 *
 * @param name how it is told apart: its controllers or {@code name=systemd}; empty for v2
 * @param controllers what it controls; for v2 what its root offers
 * @param mount where the part that we see is mounted
 * @param own the caller's own group in it
 */
public record Hierarchy(String name, List<String> controllers, Path mount, Path own, boolean v2) {
    public Hierarchy {
        controllers = List.copyOf(controllers);
    }

    /** Whether it has a controller. */
    public boolean has(String controller) {
        return controllers.contains(controller);
    }
}
