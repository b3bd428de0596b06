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
    private static final String KERNEL = "kernel";
    private static final String DMI = "devices/virtual/dmi/id";
    private static final String HASH_SIZE = "module/nf_conntrack/parameters/hashsize";

    /** What is the machine's alone: its block devices, which no container has, and how it sleeps. */
    private static final List<String> HIDDEN =
            List.of("block", "class/block", "dev/block", "devices/virtual/block", "power");

    private static final Path HOST = Path.of("/sys");
    private static final int DIRECTORY_MODE = 0755;

    /** The kernel asks for a name once a second: a CPU that the container loses may be there for so long. */
    private static final CachePolicy BRIEFLY = new CachePolicy(1_000_000_000, 0, CachePolicy.NAMES.directIo(), false);

    private final ResourceView view;
    private final ProcFiles proc;
    private final ProductId productId;

    public SysFiles(ResourceView view, ProcFiles proc, ProductId productId) {
        this.view = view;
        this.proc = proc;
        this.productId = productId;
    }

    /** The emulated parts, relative to {@code /sys}: those that the host has, for what is not there cannot be covered. */
    public static List<String> paths() {
        List<String> paths = new ArrayList<>(List.of(CPU, KERNEL));
        for (String path : List.of(NODE, DMI, HASH_SIZE)) {
            addIfOfHost(path, paths);
        }
        for (String path : HIDDEN) {
            addIfOfHost(path, paths);
        }
        return paths;
    }

    private static void addIfOfHost(String path, List<String> paths) {
        if (isOfHost(path)) {
            paths.add(path);
        }
    }

    private static boolean isOfHost(String path) {
        return Files.exists(HOST.resolve(path));
    }

    /** Whether one of the {@link #paths} is a directory. */
    public static boolean isDirectory(String path) {
        return !path.equals(HASH_SIZE);
    }

    /** Adds the parts to the directory that stands for {@code /sys}. */
    public void addTo(SyntheticDirectory.Builder sys) {
        CpuNumbers cpus = new CpuNumbers(view);
        directory(sys, "devices/system")
                .add("cpu", DynamicDirectory.of(new CpuDirectory(cpus)).withCachePolicy(BRIEFLY));
        new NodeDirectory(cpus, proc).addTo(directory(sys, NODE));
        KernelDirectory.addTo(directory(sys, KERNEL));
        if (isOfHost(DMI)) {
            directory(sys, "devices/virtual/dmi")
                    .add("id", DynamicDirectory.of(new DmiDirectory(HOST.resolve(DMI), productId)));
        }
        if (isOfHost(HASH_SIZE)) {
            directory(sys, "module/nf_conntrack/parameters")
                    .add("hashsize", new ConnectionHashSize(HOST.resolve(HASH_SIZE)).file());
        }
        for (String path : HIDDEN) {
            directory(sys, path);
        }
    }

    /** One that stays what it is, so that the kernel need not ask for it at each step of a path. */
    private static SyntheticDirectory.Builder directory(SyntheticDirectory.Builder top, String path) {
        SyntheticDirectory.Builder directory = top;
        for (String name : path.split("/", -1)) {
            directory = directory.directory(name).mode(DIRECTORY_MODE).cachePolicy(CachePolicy.NAMES);
        }
        return directory;
    }
}
