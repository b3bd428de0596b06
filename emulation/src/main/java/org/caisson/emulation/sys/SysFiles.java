package org.caisson.emulation.sys;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.cgroup.ResourceView;
import org.caisson.emulation.proc.ProcFiles;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.synthetic.DynamicDirectory;
import org.caisson.vfs.synthetic.SyntheticDirectory;

/** The emulated parts of one container's {@code /sys}. */
public final class SysFiles {
    private static final String CPU = "devices/system/cpu";
    private static final String NODE = "devices/system/node";

    /** The kernel asks for a name once a second: a CPU that the container loses may be there for so long. */
    private static final CachePolicy BRIEFLY = new CachePolicy(1_000_000_000, 0, CachePolicy.NAMES.directIo(), false);

    private final ResourceView view;
    private final ProcFiles proc;

    public SysFiles(ResourceView view, ProcFiles proc) {
        this.view = view;
        this.proc = proc;
    }

    /** The emulated directories, relative to {@code /sys}: those that the host has. */
    public static List<String> paths() {
        List<String> paths = new ArrayList<>(List.of(CPU));
        if (Files.exists(Path.of("/sys", NODE))) {
            paths.add(NODE);
        }
        return paths;
    }

    /** Adds the directories to the one that stands for {@code /sys}. */
    public void addTo(SyntheticDirectory.Builder sys) {
        SyntheticDirectory.Builder devices = sys.directory("devices").cachePolicy(CachePolicy.NAMES);
        SyntheticDirectory.Builder system = devices.directory("system").cachePolicy(CachePolicy.NAMES);
        CpuNumbers cpus = new CpuNumbers(view);
        system.add("cpu", DynamicDirectory.of(new CpuDirectory(cpus)).withCachePolicy(BRIEFLY));
        new NodeDirectory(cpus, proc).addTo(system.directory("node").cachePolicy(CachePolicy.NAMES));
    }
}
