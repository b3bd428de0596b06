package org.caisson.emulation.trap;

import java.util.LinkedHashMap;
import java.util.Map;
import org.caisson.emulation.trap.MountAgent.Kind;
import org.jspecify.annotations.Nullable;

/**
 * What has to be remembered from one of the newer mount calls to the next. A context of fsopen(2) does not tell what it is
 * of, and a tree that is attached nowhere stands in no mount table. All of it is bounded, and who is forgotten gets what
 * the kernel gives.
 */
final class NewBases {
    /** So many other file systems are mounted before an open procfs or sysfs is taken for given up. */
    private static final int MOST_BETWEEN = 256;

    private static final int MOST_DEVICES = 256;

    // All guarded by this.
    private int open;
    private int between;
    private final Map<Long, Kind> devices = new LinkedHashMap<>();

    /** A procfs or sysfs is about to be opened. */
    synchronized void opened() {
        open++;
        between = 0;
    }

    /** Whether a context may be of a procfs or sysfs. */
    synchronized boolean mayBeOpen() {
        return open > 0;
    }

    /** Another file system has been mounted meanwhile. */
    synchronized void other() {
        between++;
        if (between > MOST_BETWEEN) {
            open = 0;
        }
    }

    /** One of them has been mounted. */
    synchronized void mounted(Kind kind, long device) {
        open = Math.max(0, open - 1);
        add(kind, device);
    }

    /** A copy of one has been made. */
    synchronized void add(Kind kind, long device) {
        devices.remove(device);
        if (devices.size() == MOST_DEVICES) {
            devices.remove(devices.keySet().iterator().next());
        }
        devices.put(device, kind);
    }

    /** What a device was when it was last seen. */
    synchronized @Nullable Kind kindOf(long device) {
        return devices.get(device);
    }
}
