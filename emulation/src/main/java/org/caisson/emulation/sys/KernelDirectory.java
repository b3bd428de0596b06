package org.caisson.emulation.sys;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.synthetic.DynamicDirectory;
import org.caisson.vfs.synthetic.SyntheticDirectory;

/**
 * {@code /sys/kernel}: places to mount on, and of the host's what programs choose their ways by. All else there is missing:
 * what the host does ({@code slab}, {@code irq}, {@code mm/ksm}, counters), how it was started ({@code boot_params}), and how
 * its kernel is built and where it lies ({@code notes}, {@code vmcoreinfo}, {@code btf}).
 */
final class KernelDirectory {
    private static final String HOST = "/sys/kernel";
    private static final int OPEN = 0755;
    private static final int ROOTS = 0700;

    /** Facts of the kernel's build and state that are the same for each of its users. */
    private static final List<String> FILES =
            List.of("address_bits", "cpu_byteorder", "fscaps", "kexec_crash_loaded", "kexec_loaded", "uevent_seqnum");

    /** What the kernel's interfaces can do, and how memory is set up. */
    private static final List<String> DIRECTORIES = List.of("cgroup", "mm/hugepages", "mm/transparent_hugepage");

    /** Below these, what the host counts. */
    private static final List<String> COUNTED = List.of("stats", "full_scans", "pages_collapsed");

    private KernelDirectory() {}

    static void addTo(SyntheticDirectory.Builder kernel) {
        mountable(kernel, "config", OPEN);
        mountable(kernel, "debug", ROOTS);
        mountable(kernel, "security", OPEN);
        mountable(kernel, "tracing", ROOTS);
        for (String name : FILES) {
            if (isOfHost(name)) {
                kernel.add(name, HostDirectory.fileOf(HOST + '/' + name));
            }
        }
        for (String path : DIRECTORIES) {
            if (isOfHost(path)) {
                int slash = path.indexOf('/');
                SyntheticDirectory.Builder parent = slash < 0
                        ? kernel
                        : kernel.directory(path.substring(0, slash)).mode(OPEN).cachePolicy(CachePolicy.NAMES);
                parent.add(
                        path.substring(slash + 1),
                        DynamicDirectory.of(new HostDirectory(HOST + '/' + path, HostDirectory.AS_IT_IS, COUNTED)));
            }
        }
    }

    private static void mountable(SyntheticDirectory.Builder kernel, String name, int mode) {
        kernel.directory(name).mode(mode).cachePolicy(CachePolicy.NAMES);
    }

    private static boolean isOfHost(String path) {
        return Files.exists(Path.of(HOST, path));
    }
}
