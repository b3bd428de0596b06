package org.caisson.emulation.trap;

import java.util.ArrayList;
import java.util.List;

/**
 * What a specification hides or makes read-only below {@code /proc} and {@code /sys}, as paths relative to these. In the
 * container's mount namespace its root could take the mounts off that do so.
 *
 * @param proc below a procfs: {@code kcore}
 * @param sys below a sysfs: {@code firmware}
 */
public record Covers(List<String> proc, List<String> sys) {
    /** Nothing. */
    public static final Covers NONE = new Covers(List.of(), List.of());

    public Covers {
        proc = List.copyOf(proc);
        sys = List.copyOf(sys);
    }

    /** Of absolute paths in the container; those elsewhere are left out. */
    public static Covers of(List<String> paths) {
        List<String> proc = new ArrayList<>();
        List<String> sys = new ArrayList<>();
        for (String path : paths) {
            if (path.startsWith("/proc/")) {
                proc.add(path.substring("/proc/".length()));
            } else if (path.startsWith("/sys/")) {
                sys.add(path.substring("/sys/".length()));
            }
        }
        return new Covers(proc, sys);
    }

    /** Whether a mount lies where one of these belongs, on a procfs or sysfs. */
    boolean hold(MountTable table, long mountId) {
        MountTable.Entry own = table.find(mountId);
        MountTable.Entry base = table.parentOf(mountId);
        if (own == null || base == null || !base.isBase() || !own.mountPoint().startsWith(base.mountPoint())) {
            return false;
        }
        int below = base.mountPoint().length() + 1;
        return below < own.mountPoint().length()
                && (base.type().equals("proc") ? proc : sys)
                        .contains(own.mountPoint().substring(below));
    }
}
