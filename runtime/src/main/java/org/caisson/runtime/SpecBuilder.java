package org.caisson.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.caisson.runtime.spec.CapabilitySets;
import org.caisson.runtime.spec.Hooks;
import org.caisson.runtime.spec.ImageFile;
import org.caisson.runtime.spec.LinuxSpec;
import org.caisson.runtime.spec.LinuxSpec.Namespace;
import org.caisson.runtime.spec.MountSpec;
import org.caisson.runtime.spec.ProcessSpec;
import org.caisson.runtime.spec.Resources;
import org.caisson.runtime.spec.Rlimit;
import org.caisson.runtime.spec.Root;
import org.caisson.runtime.spec.Spec;
import org.jspecify.annotations.Nullable;

/**
 * Writes the specification of a system container in memory, in the terms of Docker's options.
 *
 * <p>The program has all capabilities of the container's user namespace unless told otherwise: on the host it has none, and
 * what lives in system containers (systemd, Docker) needs them.
 */
public final class SpecBuilder {
    private static final String DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final List<String> MASKED = List.of(
            "/proc/acpi",
            "/proc/asound",
            "/proc/kcore",
            "/proc/keys",
            "/proc/latency_stats",
            "/proc/timer_list",
            "/proc/timer_stats",
            "/proc/sched_debug",
            "/proc/scsi",
            "/sys/firmware",
            "/sys/devices/virtual/powercap");
    private static final List<String> READ_ONLY = List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sysrq-trigger");

    private final boolean hostRoot;
    private final String rootfs;
    private final List<ImageFile> layers;
    private final List<String> args = new ArrayList<>();
    private final List<String> env = new ArrayList<>();
    private final List<Rlimit> rlimits = new ArrayList<>();
    private final List<MountSpec> extraMounts = new ArrayList<>();
    private final List<String> added = new ArrayList<>();
    private final List<String> dropped = new ArrayList<>();
    private final Map<String, String> annotations = new HashMap<>();
    private String hostname = "caisson";
    private String cwd = "/";
    private boolean terminal;
    private ProcessSpec.@Nullable ConsoleSize consoleSize;
    private boolean readOnly;
    private boolean noNewPrivileges;
    private Network network = Network.NONE;
    private @Nullable Long memory;
    private @Nullable Long memorySwap;
    private @Nullable Long milliCpus;
    private @Nullable Long cpuShares;
    private @Nullable Long pids;
    private @Nullable String cpus;
    private @Nullable String mems;

    private SpecBuilder(boolean hostRoot, String rootfs, List<ImageFile> layers) {
        this.hostRoot = hostRoot;
        this.rootfs = rootfs;
        this.layers = layers;
        env.add(DEFAULT_PATH);
        env.add("container=caisson");
    }

    /** A copy-on-write view of the host's root directory: what {@code caisson do} shows. */
    public static SpecBuilder hostRoot() {
        return new SpecBuilder(true, "/", List.of());
    }

    /** A root directory of its own, written in place. */
    public static SpecBuilder rootfs(Path directory) {
        return new SpecBuilder(false, directory.toString(), List.of());
    }

    /** The layers of an image, the uppermost first: EROFS images, which stay as they are. */
    public static SpecBuilder layers(List<ImageFile> images) {
        return new SpecBuilder(false, "/", images);
    }

    public SpecBuilder args(List<String> value) {
        args.clear();
        args.addAll(value);
        return this;
    }

    /** Adds or replaces {@code NAME=value}. */
    public SpecBuilder env(String assignment) {
        putEnv(env, assignment);
        return this;
    }

    public SpecBuilder cwd(String value) {
        cwd = value;
        return this;
    }

    public SpecBuilder hostname(String value) {
        hostname = value;
        return this;
    }

    /** The program gets a terminal of its own. */
    public SpecBuilder terminal(boolean value) {
        terminal = value;
        return this;
    }

    /** The terminal's size at the start. */
    public SpecBuilder consoleSize(int rows, int columns) {
        consoleSize = new ProcessSpec.ConsoleSize(rows, columns);
        return this;
    }

    public SpecBuilder readOnlyRoot(boolean value) {
        readOnly = value;
        return this;
    }

    /** Shows a host file or directory in the container, id-mapped. */
    public SpecBuilder bind(String source, String destination, boolean readOnlyBind) {
        extraMounts.add(new MountSpec(
                destination,
                "bind",
                source,
                readOnlyBind ? List.of("rbind", "rro", "idmap") : List.of("rbind", "rw", "idmap")));
        return this;
    }

    /** A fresh tmpfs, with options as Docker's {@code --tmpfs} takes them (comma-separated, may be empty). */
    public SpecBuilder tmpfs(String destination, String options) {
        List<String> list = new ArrayList<>(List.of("nosuid", "nodev", "noexec"));
        int from = 0;
        while (from < options.length()) {
            int comma = options.indexOf(',', from);
            int to = comma < 0 ? options.length() : comma;
            String option = options.substring(from, to);
            if (!option.isEmpty()) {
                list.remove("no" + option);
                if (!list.contains(option)) {
                    list.add(option);
                }
            }
            from = to + 1;
        }
        extraMounts.add(new MountSpec(destination, "tmpfs", "tmpfs", list));
        return this;
    }

    /** Memory limit in bytes. Swap is allowed to the same amount again, as Docker does, unless set. */
    public SpecBuilder memory(long bytes) {
        memory = bytes;
        return this;
    }

    /** Memory plus swap in bytes, -1 for no limit. */
    public SpecBuilder memorySwap(long bytes) {
        memorySwap = bytes;
        return this;
    }

    /** Processor time in thousandths of a CPU. */
    public SpecBuilder milliCpus(long value) {
        milliCpus = value;
        return this;
    }

    public SpecBuilder cpuShares(long value) {
        cpuShares = value;
        return this;
    }

    /** CPUs to run on, as {@code 0-2,4}. */
    public SpecBuilder cpusetCpus(String list) {
        cpus = list;
        return this;
    }

    /** Memory nodes to allocate on, as {@code 0-1}. */
    public SpecBuilder cpusetMems(String list) {
        mems = list;
        return this;
    }

    /** How many tasks there may be, -1 for no limit. */
    public SpecBuilder pidsLimit(long value) {
        pids = value;
        return this;
    }

    public SpecBuilder network(Network value) {
        network = value;
        return this;
    }

    /** {@code NAME}, {@code CAP_NAME} or {@code ALL}; an addition is stronger than a drop of {@code ALL}. */
    public SpecBuilder capAdd(String name) {
        added.add(name);
        return this;
    }

    /** {@code NAME}, {@code CAP_NAME} or {@code ALL}. */
    public SpecBuilder capDrop(String name) {
        dropped.add(name);
        return this;
    }

    /** A resource limit, {@code type} as {@code nofile} or {@code RLIMIT_NOFILE}; -1 for no limit. */
    public SpecBuilder ulimit(String type, long soft, long hard) {
        String upper = type.toUpperCase(Locale.ROOT);
        rlimits.add(new Rlimit(upper.startsWith("RLIMIT_") ? upper : "RLIMIT_" + upper, hard, soft));
        return this;
    }

    public SpecBuilder noNewPrivileges(boolean value) {
        noNewPrivileges = value;
        return this;
    }

    public SpecBuilder annotation(String name, String value) {
        annotations.put(name, value);
        return this;
    }

    /** The specification; names and values that cannot be are refused here. */
    public Spec build() throws ContainerException {
        if (args.isEmpty()) {
            args.add("sh");
        }
        if (terminal && !hasEnv(env, "TERM")) {
            env.add("TERM=xterm");
        }
        List<String> capabilities = CapabilityChoice.choose(added, dropped);
        ProcessSpec process = new ProcessSpec(
                terminal,
                consoleSize,
                ProcessSpec.User.ROOT,
                args,
                env,
                cwd,
                CapabilitySets.of(capabilities),
                checkedRlimits(),
                noNewPrivileges,
                null,
                null,
                null,
                null,
                null);
        LinuxSpec linux = new LinuxSpec(
                namespaces(),
                List.of(),
                List.of(),
                List.of(),
                null,
                resources(),
                null,
                null,
                Map.of(),
                MASKED,
                READ_ONLY,
                null,
                null,
                null,
                Map.of());
        return new Spec(
                Spec.VERSION,
                process,
                new Root(rootfs, readOnly, hostRoot, layers),
                hostname,
                null,
                mounts(),
                Hooks.NONE,
                linux,
                annotations);
    }

    /** Adds {@code NAME=value} to an environment in place of an earlier value. */
    static void putEnv(List<String> env, String assignment) {
        int equals = assignment.indexOf('=');
        String start = assignment.substring(0, equals + 1);
        for (int i = 0; i < env.size(); i++) {
            if (env.get(i).startsWith(start)) {
                env.set(i, assignment);
                return;
            }
        }
        env.add(assignment);
    }

    /** Whether a variable has a value. */
    static boolean hasEnv(List<String> env, String name) {
        for (String assignment : env) {
            if (assignment.length() > name.length()
                    && assignment.charAt(name.length()) == '='
                    && assignment.startsWith(name)) {
                return true;
            }
        }
        return false;
    }

    /** The mounts that every system container has. */
    static List<MountSpec> systemMounts() {
        List<MountSpec> mounts = new ArrayList<>();
        mounts.add(new MountSpec("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev")));
        mounts.add(
                new MountSpec("/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k")));
        mounts.add(new MountSpec(
                "/dev/pts",
                "devpts",
                "devpts",
                List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")));
        mounts.add(new MountSpec(
                "/dev/shm", "tmpfs", "shm", List.of("nosuid", "noexec", "nodev", "mode=1777", "size=65536k")));
        mounts.add(new MountSpec("/dev/mqueue", "mqueue", "mqueue", List.of("nosuid", "noexec", "nodev")));
        mounts.add(new MountSpec("/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev")));
        mounts.add(
                new MountSpec("/sys/fs/cgroup", "cgroup", "cgroup", List.of("nosuid", "noexec", "nodev", "relatime")));
        return mounts;
    }

    private List<MountSpec> mounts() {
        List<MountSpec> mounts = systemMounts();
        for (MountSpec extra : extraMounts) {
            mounts.add(before(mounts, extra.destination() + "/"), extra);
        }
        return mounts;
    }

    /** The place of the first mount below {@code directory}, which a later one on the directory would hide; else the end. */
    private static int before(List<MountSpec> mounts, String directory) {
        int at = 0;
        while (at < mounts.size() && !mounts.get(at).destination().startsWith(directory)) {
            at++;
        }
        return at;
    }

    private List<Namespace> namespaces() {
        List<Namespace> list = new ArrayList<>();
        for (Namespace.Type type : Namespace.Type.values()) {
            if (type != Namespace.Type.TIME && (type != Namespace.Type.NETWORK || network != Network.HOST)) {
                list.add(new Namespace(type, null));
            }
        }
        return list;
    }

    private List<Rlimit> checkedRlimits() throws ContainerException {
        for (Rlimit limit : rlimits) {
            if (ProcessSetup.rlimitNumber(limit.type()) < 0) {
                throw new ContainerException(
                        ContainerException.Kind.BAD_SPEC,
                        "ulimit " + limit.type().substring("RLIMIT_".length()).toLowerCase(Locale.ROOT)
                                + " is not known: use a name of getrlimit(2) such as nofile or nproc");
            }
            if (Long.compareUnsigned(limit.soft(), limit.hard()) > 0) {
                throw new ContainerException(
                        ContainerException.Kind.BAD_SPEC,
                        "ulimit " + limit.type().substring("RLIMIT_".length()).toLowerCase(Locale.ROOT)
                                + ": the soft limit is above the hard limit; give soft:hard");
            }
        }
        return rlimits;
    }

    private Resources resources() throws ContainerException {
        Resources.Memory memoryLimits = null;
        if (memory != null || memorySwap != null) {
            if (memory != null && memory <= 0) {
                throw bad("memory limit " + memory + " is not positive: give a size such as 256m");
            }
            if (memorySwap != null && memorySwap >= 0 && (memory == null || memorySwap < memory)) {
                throw bad("the limit of memory plus swap is below the memory limit: give at least as much, or -1");
            }
            Long swap = memorySwap;
            if (swap == null && memory != null) {
                swap = memory > Long.MAX_VALUE / 2 ? Long.valueOf(-1) : Long.valueOf(2 * memory);
            }
            memoryLimits = Resources.Memory.of(memory, swap);
        }
        Resources.Cpu cpu = null;
        if (milliCpus != null || cpuShares != null || cpus != null || mems != null) {
            Long quota = null;
            Long period = null;
            if (milliCpus != null) {
                if (milliCpus < 10) {
                    throw bad("cpus " + milliCpus / 1000.0 + " is too little: give at least 0.01");
                }
                period = 100_000L;
                quota = milliCpus * 100;
            }
            cpu = new Resources.Cpu(cpuShares, quota, null, period, null, null, cpus, mems, null);
        }
        Resources.Pids pidsLimit = pids == null ? null : new Resources.Pids(pids);
        if (pids != null && pids < -1) {
            throw bad("pids limit " + pids + " is negative: give a count, or -1 for none");
        }
        return new Resources(List.of(), memoryLimits, cpu, pidsLimit, null, List.of(), null, Map.of(), Map.of());
    }

    private static ContainerException bad(String message) {
        return new ContainerException(ContainerException.Kind.BAD_SPEC, message);
    }
}
