package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.ContainerEmulation;
import org.caisson.emulation.EmulatedPath;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.cgroup.Cgroup;
import org.caisson.runtime.cgroup.Hierarchy;
import org.caisson.runtime.spec.LinuxSpec;
import org.caisson.runtime.spec.MountSpec;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.stage.KernelFileSystem;
import org.caisson.runtime.stage.MountAttributes;
import org.caisson.runtime.stage.MountPoint;
import org.caisson.runtime.stage.Propagation;
import org.caisson.runtime.stage.StageOrders;
import org.jspecify.annotations.Nullable;

/**
 * The orders that build a container's file tree. The new mount namespace starts as a copy of the host's; a tmpfs
 * over {@code /tmp} is the scaffold in which the new root is put together, and goes with the old root when it is pivoted away.
 */
final class FileSystemOrders {
    private static final long PLAIN = MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_NOEXEC;
    private static final long PLAIN_ATTRIBUTES =
            MountAttributes.NO_SUID | MountAttributes.NO_DEVICES | MountAttributes.NO_EXEC;
    private static final int MOST_BINDS = 150;
    private static final List<String> DEVICES = List.of("null", "zero", "full", "random", "urandom", "tty");

    private final Spec spec;
    private final Path bundle;
    private final StageOrders orders;
    private final NamespacePlan namespaces;
    private final MountSources sources;
    private final LockedMounts locked;
    private final boolean idmapAll;
    private final String scaffold;
    private final String newRoot;
    private final List<KernelFileSystem> lockedKinds = new ArrayList<>();

    FileSystemOrders(
            Spec spec,
            Path bundle,
            NamespacePlan namespaces,
            StageOrders orders,
            MountSources sources,
            LockedMounts locked,
            boolean idmapAll) {
        this.spec = spec;
        this.bundle = bundle;
        this.namespaces = namespaces;
        this.orders = orders;
        this.sources = sources;
        this.locked = locked;
        this.idmapAll = idmapAll;
        this.scaffold = locked.scaffold();
        this.newRoot = scaffold + "/root";
    }

    /** Gives the emulation when it is needed, which is late, for it is still being made. */
    @FunctionalInterface
    interface Emulation {
        ContainerEmulation get() throws IOException;
    }

    /** The paths that the specification hides or makes read-only. */
    static List<String> covered(Spec spec) {
        List<String> paths = new ArrayList<>();
        for (String path : spec.linux().maskedPaths()) {
            paths.add(Destination.of(path));
        }
        for (String path : spec.linux().readonlyPaths()) {
            paths.add(Destination.of(path));
        }
        return paths;
    }

    /** Each bind mount and each descriptor that the program inherits is one that is sent to the stage, which bounds them. */
    static void checkCount(Spec spec, int inherited) throws ContainerException {
        int binds = 0;
        for (MountSpec mount : spec.mounts()) {
            if (mount.type().equals("bind")
                    || mount.options().contains("bind")
                    || mount.options().contains("rbind")) {
                binds++;
            }
        }
        if (binds + inherited > MOST_BINDS) {
            throw new ContainerException(
                    ContainerException.Kind.BAD_SPEC,
                    "mounts: " + binds + " bind mounts" + (inherited > 0 ? " and " + inherited + " descriptors" : "")
                            + " are too many: " + MOST_BINDS + " can be; bind a directory that holds several");
        }
    }

    /** The root directory on the host, which must be there. */
    static Path rootfs(Spec spec, Path bundle) throws ContainerException {
        Path rootfs = rootPath(spec, bundle);
        if (!Files.isDirectory(rootfs)) {
            throw new ContainerException(
                    ContainerException.Kind.BAD_SPEC,
                    "root directory " + rootfs + " does not exist: give the directory of a root file system");
        }
        return rootfs;
    }

    /** The root directory on the host. */
    static Path rootPath(Spec spec, Path bundle) {
        return spec.root().host() || spec.root().layered()
                ? Path.of("/")
                : bundle.resolve(spec.root().path()).normalize();
    }

    /** All orders up to and with the change of the root directory. */
    void write(Cgroup cgroup, Emulation source) throws IOException {
        orders.mount("tmpfs", scaffold, "tmpfs", PLAIN, "mode=755", MountPoint.MUST_EXIST);
        orders.directory(newRoot, 0755, -1, -1);
        root();
        String pidNamespace = namespaces.pidPath();
        if (pidNamespace == null) {
            orders.rawProc();
        } else {
            orders.rawProc(sources.procfs(pidNamespace, PLAIN_ATTRIBUTES, ""));
        }
        if (namespaces.ownNetwork()) {
            orders.rawSys();
        }
        orders.root(newRoot);
        for (MountSpec mount : spec.mounts()) {
            if (!isKernels(targetOf(mount))) {
                mount(mount, targetOf(mount), cgroup);
            }
        }
        devices();
        if (isInit()) {
            initDirectories();
        }
        kernelTree(source.get(), cgroup);
        for (String path : spec.linux().readonlyPaths()) {
            if (!isLocked(path)) {
                orders.readOnly(path);
            }
        }
        for (String path : spec.linux().maskedPaths()) {
            if (!isLocked(path)) {
                orders.mask(path);
            }
        }
    }

    private void root() throws IOException {
        String image = locked.image();
        if (image != null) {
            layered(image);
            return;
        }
        String directory = locked.root();
        if (directory == null) {
            overlay();
            return;
        }
        if (spec.root().readonly()) {
            orders.directory(scaffold + "/writable", 0755, -1, -1);
            orders.attach(sources.directory(rootfs(spec, bundle)), scaffold + "/writable", MountPoint.MUST_EXIST);
            mountPoints(scaffold + "/writable");
        }
        orders.bind(directory, newRoot, true, 0, 0, Propagation.PRIVATE, MountPoint.MUST_EXIST);
    }

    /** The layers of an image, which lie one over another already. */
    private void layered(String image) {
        orders.root(image);
        if (spec.process() != null) {
            orders.directory(Destination.of(spec.process().cwd()), 0755, -1, -1);
        }
        orders.root("/");
        String readOnly = locked.root();
        if (readOnly != null) {
            mountPoints(image);
        }
        orders.bind(
                readOnly == null ? image : readOnly, newRoot, false, 0, 0, Propagation.PRIVATE, MountPoint.MUST_EXIST);
    }

    /** The host's root and each ordinary file system beneath it, under memory layers of their own. */
    private void overlay() throws IOException {
        String layers = layers(sources.hostRoot(), scaffold);
        if (spec.root().readonly()) {
            orders.directory(scaffold + "/writable", 0755, -1, -1);
            orders.mount("overlay", scaffold + "/writable", "overlay", 0, layers, MountPoint.MUST_EXIST);
            mountPoints(scaffold + "/writable");
        }
        overlay(newRoot, layers, scaffold);
        int count = 0;
        for (String place : HostMounts.beneathRoot()) {
            OwnedFd lower = sources.hostMount(place);
            if (lower != null) {
                String directory = scaffold + "/beneath" + count++;
                orders.directory(directory, 0755, -1, -1);
                overlay(newRoot + place, layers(lower, directory), directory);
            }
        }
    }

    /** What is to be laid over one another, put in place in a directory of the scaffold. */
    private String layers(OwnedFd lower, String directory) {
        orders.directory(directory + "/lower", 0755, -1, -1);
        orders.directory(directory + "/upper", 0755, -1, -1);
        orders.directory(directory + "/work", 0755, -1, -1);
        orders.attach(lower, directory + "/lower", MountPoint.MUST_EXIST);
        return "lowerdir=" + directory + "/lower,upperdir=" + directory + "/upper,workdir=" + directory
                + "/work,userxattr";
    }

    /** An overlay without an upper layer is read-only, whatever the flags of its mount. */
    private void overlay(String target, String layers, String directory) {
        boolean readOnly = spec.root().readonly();
        orders.mount(
                "overlay",
                target,
                "overlay",
                readOnly ? MountFlags.MS_RDONLY : 0,
                readOnly ? "lowerdir=" + directory + "/upper:" + directory + "/lower,userxattr" : layers,
                MountPoint.MUST_EXIST);
    }

    /**
     * The container's procfs and sysfs are put together aside, with the emulated parts and with what the specification
     * covers, so that all of that is locked when it comes to its place. Then comes what is mounted on them.
     */
    private void kernelTree(ContainerEmulation emulation, Cgroup cgroup) throws IOException {
        String tree = scaffold + "/kernel";
        String emulated = scaffold + "/emulated";
        orders.root("/");
        orders.directory(emulated, 0755, -1, -1);
        orders.attach(emulation.mountFd(), emulated, MountPoint.MUST_EXIST);
        for (MountSpec mount : spec.mounts()) {
            KernelFileSystem kind = kindOf(mount);
            if (kind != null && !lockedKinds.contains(kind)) {
                lockedKinds.add(kind);
                mount(mount, tree + "/" + kind.directory(), cgroup);
                cover(emulation, kind, tree);
            }
        }
        if (!lockedKinds.isEmpty()) {
            orders.lock(tree, lockedKinds);
        }
        orders.root(newRoot);
        List<KernelFileSystem> placed = new ArrayList<>();
        for (MountSpec mount : spec.mounts()) {
            KernelFileSystem kind = kindOf(mount);
            if (kind != null && !placed.contains(kind)) {
                placed.add(kind);
                boolean readOnly = MountOptions.parse(mount.options()).readOnly;
                orders.attachLocked(kind, targetOf(mount), readOnly ? MountAttributes.READ_ONLY : 0);
            } else if (kind == null && isKernels(targetOf(mount))) {
                mount(mount, targetOf(mount), cgroup);
            }
        }
    }

    private void cover(ContainerEmulation emulation, KernelFileSystem kind, String tree) {
        String place = "/" + kind.directory();
        for (EmulatedPath path : emulation.paths()) {
            if (Destination.isWithin(path.target(), place)) {
                orders.bindFrom(
                        emulation.mountFd(),
                        path.source(),
                        tree + path.target(),
                        false,
                        PLAIN_ATTRIBUTES,
                        0,
                        Propagation.PRIVATE,
                        MountPoint.MUST_EXIST);
            }
        }
        orders.clearAttributes(tree + place);
        for (String path : spec.linux().readonlyPaths()) {
            if (Destination.isWithin(Destination.of(path), place)) {
                orders.readOnly(tree + Destination.of(path));
            }
        }
        for (String path : spec.linux().maskedPaths()) {
            if (Destination.isWithin(Destination.of(path), place)) {
                orders.mask(tree + Destination.of(path));
            }
        }
    }

    /** Whether a path that is to be covered is so already, below a locked file system. */
    private boolean isLocked(String path) {
        for (KernelFileSystem kind : lockedKinds) {
            if (Destination.isWithin(Destination.of(path), "/" + kind.directory())) {
                return true;
            }
        }
        return false;
    }

    /** Whether a target lies where the kernel's file systems have their usual places. */
    private static boolean isKernels(String target) {
        return Destination.isWithin(target, "/proc") || Destination.isWithin(target, "/sys");
    }

    /** Which file system of the kernel's a mount is, in its usual place; null if it is none. */
    private static @Nullable KernelFileSystem kindOf(MountSpec mount) {
        String target = targetOf(mount);
        if (target.equals("/proc") && mount.type().equals("proc")) {
            return KernelFileSystem.PROC;
        }
        return target.equals("/sys") && mount.type().equals("sysfs") ? KernelFileSystem.SYS : null;
    }

    private static String targetOf(MountSpec mount) {
        return Destination.of(mount.destination());
    }

    /** Makes the places of mounts that a root which is read-only from the start has not; those on a mount come later. */
    private void mountPoints(String writable) {
        orders.root(writable);
        List<String> covered = new ArrayList<>();
        for (MountSpec mount : spec.mounts()) {
            String target = Destination.of(mount.destination());
            boolean bind = mount.type().equals("bind") || MountOptions.parse(mount.options()).bind;
            mountPoint(target, !bind || Files.isDirectory(bundle.resolve(mount.source())), covered);
        }
        for (String name : DEVICES) {
            mountPoint("/dev/" + name, false, covered);
        }
        for (LinuxSpec.Device device : spec.linux().devices()) {
            mountPoint(Destination.of(device.path()), false, covered);
        }
        if (isInit()) {
            mountPoint("/run", true, covered);
            mountPoint("/tmp", true, covered);
        }
        orders.root("/");
    }

    private void mountPoint(String target, boolean directory, List<String> covered) {
        for (String mount : covered) {
            if (Destination.isWithin(target, mount)) {
                return;
            }
        }
        covered.add(target);
        if (directory) {
            orders.directory(target, 0755, -1, -1);
        } else {
            orders.file(target, 0644, -1, -1);
        }
    }

    private void mount(MountSpec mount, String target, Cgroup cgroup) throws IOException {
        MountOptions options = MountOptions.parse(mount.options());
        String place = locked.place(mount);
        if (place != null) {
            orders.bind(place, target, options.recursive, 0, 0, Propagation.PRIVATE, MountPoint.MAKE_LIKE_SOURCE);
            return;
        }
        String pidNamespace = namespaces.pidPath();
        if (pidNamespace != null && mount.type().equals("proc")) {
            long readOnly = options.readOnly ? MountAttributes.READ_ONLY : 0;
            OwnedFd proc = sources.procfs(pidNamespace, PLAIN_ATTRIBUTES | readOnly, options.data.toString());
            orders.attach(proc, target, MountPoint.MAKE_DIRECTORY);
            return;
        }
        if (options.bind || mount.type().equals("bind")) {
            String source = bundle.resolve(mount.source()).toString();
            boolean idmap = options.idmap || idmapAll || !mount.uidMappings().isEmpty();
            orders.attach(sources.bind(source, options, idmap), target, MountPoint.MAKE_LIKE_SOURCE);
            return;
        }
        switch (mount.type()) {
            case "cgroup", "cgroup2" -> cgroups(target, options, cgroup);
            default -> {
                orders.mount(
                        mount.source().isEmpty() ? mount.type() : mount.source(),
                        target,
                        mount.type(),
                        options.flags,
                        options.data.toString(),
                        MountPoint.MAKE_DIRECTORY);
                if (options.propagation != Propagation.UNCHANGED) {
                    orders.setAttributes(target, options.propagationRecursive, 0, 0, options.propagation);
                }
            }
        }
    }

    /** The container's part of every hierarchy, as the host arranges them: the payload is the root that it sees. */
    private void cgroups(String target, MountOptions options, Cgroup cgroup) {
        List<Hierarchy> hierarchies = cgroup.hierarchies();
        long flags = options.flags;
        if (hierarchies.size() == 1 && hierarchies.get(0).v2()) {
            orders.mount("cgroup2", target, "cgroup2", flags, "", MountPoint.MAKE_DIRECTORY);
            return;
        }
        orders.mount("tmpfs", target, "tmpfs", PLAIN, "mode=755", MountPoint.MAKE_DIRECTORY);
        for (Hierarchy hierarchy : hierarchies) {
            if (hierarchy.v2()) {
                orders.mount("cgroup2", target + "/unified", "cgroup2", flags, "", MountPoint.MAKE_DIRECTORY);
                continue;
            }
            String name = hierarchy.name().startsWith("name=")
                    ? hierarchy.name().substring("name=".length())
                    : hierarchy.name();
            String data = hierarchy.name().startsWith("name=") ? "none," + hierarchy.name() : hierarchy.name();
            orders.mount("cgroup", target + "/" + name, "cgroup", flags, data, MountPoint.MAKE_DIRECTORY);
            if (hierarchy.controllers().size() > 1) {
                for (String controller : hierarchy.controllers()) {
                    orders.symlink(name, target + "/" + controller);
                }
            }
        }
        if ((flags & MountFlags.MS_RDONLY) != 0) {
            orders.setAttributes(target, false, MountAttributes.READ_ONLY, 0, Propagation.UNCHANGED);
        }
    }

    /** Device nodes cannot be made in a user namespace: the host's are bound. */
    private void devices() throws ContainerException {
        boolean own = false;
        for (MountSpec mount : spec.mounts()) {
            if (Destination.of(mount.destination()).equals("/dev")) {
                if (mount.type().equals("bind") || MountOptions.parse(mount.options()).bind) {
                    return;
                }
                own = true;
            }
        }
        if (!own && spec.root().host()) {
            return;
        }
        for (String name : DEVICES) {
            device("/dev/" + name, "/dev/" + name);
        }
        for (int i = 0; i < spec.linux().devices().size(); i++) {
            LinuxSpec.Device device = spec.linux().devices().get(i);
            String path = Destination.of(device.path());
            if (device.type() != 'p' && !(path.startsWith("/dev/") && DEVICES.contains(path.substring(5)))) {
                checkDevice(device, path, "linux.devices[" + i + "].path: ");
                device(path, path);
            }
        }
        if (own) {
            orders.symlink("/proc/self/fd", "/dev/fd");
            orders.symlink("/proc/self/fd/0", "/dev/stdin");
            orders.symlink("/proc/self/fd/1", "/dev/stdout");
            orders.symlink("/proc/self/fd/2", "/dev/stderr");
            orders.symlink("pts/ptmx", "/dev/ptmx");
        }
        if (spec.process() != null && spec.process().terminal()) {
            orders.file("/dev/console", 0600, 0, 0);
        }
    }

    /** What is bound is the host's: it must be what was asked for. */
    private static void checkDevice(LinuxSpec.Device device, String path, String field) throws ContainerException {
        String asked = device.type() + " " + device.major() + ":" + device.minor();
        FileInfo found;
        try {
            found = FileInfo.of(path);
        } catch (ErrnoException e) {
            throw new ContainerException(
                    ContainerException.Kind.BAD_SPEC,
                    field + path + " (" + asked + ") cannot be taken from this host: "
                            + e.errno().text(),
                    e);
        }
        if (!found.isDevice(device.type())
                || found.deviceMajor() != device.major()
                || found.deviceMinor() != device.minor()) {
            throw new ContainerException(
                    ContainerException.Kind.BAD_SPEC,
                    field + path + " is not the device " + asked
                            + " on this host: correct the numbers, or leave the device away");
        }
    }

    private void device(String source, String target) {
        orders.bind(
                source,
                target,
                false,
                MountAttributes.NO_SUID | MountAttributes.NO_EXEC,
                0,
                Propagation.PRIVATE,
                MountPoint.MAKE_FILE);
    }

    /** How mounts spread from the root, which nothing comes to from the host: after the change of the root directory. */
    void propagation() {
        String word = spec.linux().rootfsPropagation();
        if (word == null) {
            return;
        }
        MountOptions options = MountOptions.parse(List.of(word));
        orders.setAttributes("/", options.propagationRecursive, 0, 0, options.propagation);
    }

    /** Whether the program is a system's init. */
    boolean isInit() {
        if (spec.process() == null) {
            return false;
        }
        return isInit(spec.process().args().get(0));
    }

    static boolean isInit(String program) {
        return program.equals("/sbin/init") || program.equals("/usr/sbin/init") || program.endsWith("/systemd");
    }

    /** What systemd's container interface asks for. */
    private void initDirectories() {
        temporary("/run", "mode=755,size=65536k");
        temporary("/run/lock", "mode=1777,size=4096k");
        temporary("/tmp", "mode=1777");
    }

    private void temporary(String target, String data) {
        for (MountSpec mount : spec.mounts()) {
            if (Destination.of(mount.destination()).equals(target)) {
                return;
            }
        }
        orders.mount(
                "tmpfs", target, "tmpfs", MountFlags.MS_NOSUID | MountFlags.MS_NODEV, data, MountPoint.MAKE_DIRECTORY);
    }
}
