package org.caisson.emulation.sys;

import org.caisson.emulation.cgroup.ResourceView;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.synthetic.DynamicDirectory;
import org.caisson.vfs.synthetic.SyntheticDirectory;

/** The emulated part of one container's {@code /sys}. */
public final class SysFiles {
    /** The emulated directory, relative to {@code /sys}. */
    public static final String CPU = "devices/system/cpu";

    private final ResourceView view;

    public SysFiles(ResourceView view) {
        this.view = view;
    }

    /** Adds the directory to the one that stands for {@code /sys}. */
    public void addTo(SyntheticDirectory.Builder sys) {
        SyntheticDirectory.Builder devices = sys.directory("devices").cachePolicy(CachePolicy.NAMES);
        SyntheticDirectory.Builder system = devices.directory("system").cachePolicy(CachePolicy.NAMES);
        system.add("cpu", DynamicDirectory.of(new CpuDirectory(view)));
    }
}
