package org.caisson.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.runtime.cgroup.CgroupException;
import org.caisson.runtime.cgroup.CgroupHost;
import org.caisson.runtime.stage.IdMap;
import org.caisson.runtime.stage.MountPoint;
import org.caisson.runtime.stage.Namespace;
import org.caisson.runtime.stage.NamespaceOrders;
import org.caisson.runtime.stage.ProcessOrders;
import org.caisson.runtime.stage.Stage;
import org.caisson.runtime.stage.StageOrders;

/** Says for each thing that a host must have whether it is there, and what to do if not. Each is tried, not guessed. */
public final class HostCheck {
    private static final List<String> CONTROLLERS = List.of("memory", "cpu", "cpuset", "pids", "freezer");
    private static final long PROBE_BASE = 0x2fff_0000L;

    private final RuntimeOptions options;
    private final List<Finding> findings = new ArrayList<>();

    private HostCheck(RuntimeOptions options) {
        this.options = options;
    }

    /** How a thing stands. */
    public enum Verdict {
        PRESENT,
        LIMITED,
        MISSING
    }

    /**
     * One thing that was looked at.
     *
     * @param name what, for people and scripts
     * @param found what was seen
     * @param advice what to do, empty if nothing
     */
    public record Finding(String name, Verdict verdict, String found, String advice) {}

    /** Looks at everything; never throws, leaves nothing behind. */
    public static List<Finding> run(RuntimeOptions options) {
        HostCheck check = new HostCheck(options);
        check.root();
        check.kernel();
        check.stage();
        check.seccomp();
        check.fuse();
        check.erofs();
        check.namespaces();
        check.cgroups();
        return check.findings;
    }

    private void root() {
        boolean root = ProcessCalls.geteuid() == 0;
        add(
                "root",
                root ? Verdict.PRESENT : Verdict.MISSING,
                root ? "uid 0" : "uid " + ProcessCalls.geteuid(),
                "run caisson as root");
    }

    private void kernel() {
        String release = text("/proc/sys/kernel/osrelease");
        int dot = release.indexOf('.');
        int end = dot + 1;
        while (end < release.length() && Character.isDigit(release.charAt(end))) {
            end++;
        }
        long major = dot < 0 ? -1 : Numbers.parse(release.substring(0, dot));
        long minor = dot < 0 ? -1 : Numbers.parse(release.substring(dot + 1, end));
        boolean enough = major > 5 || (major == 5 && minor >= 19);
        add(
                "kernel",
                enough ? Verdict.PRESENT : Verdict.MISSING,
                release.isEmpty() ? "unknown" : release,
                "use Linux 5.19 or later, which can id-map the layers of an overlay");
    }

    private void stage() {
        boolean there = Files.isExecutable(options.stage());
        add(
                "caisson-stage",
                there ? Verdict.PRESENT : Verdict.MISSING,
                options.stage() + (there ? "" : " is not there"),
                "build the project again: mvn -pl native package");
    }

    private void seccomp() {
        String actions = text("/proc/sys/kernel/seccomp/actions_avail");
        boolean notify = actions.contains("user_notif");
        add(
                "seccomp notification",
                notify ? Verdict.PRESENT : Verdict.MISSING,
                actions.isEmpty() ? "no seccomp" : actions,
                "use a kernel with CONFIG_SECCOMP_FILTER");
    }

    private void fuse() {
        if (!Files.exists(Path.of("/dev/fuse"))) {
            add("FUSE", Verdict.MISSING, "/dev/fuse is not there", "load the module: modprobe fuse");
            return;
        }
        try (OwnedFd context = MountCalls.fsopen("fuse")) {
            add("FUSE", context.isOpen() ? Verdict.PRESENT : Verdict.MISSING, "/dev/fuse", "");
        } catch (ErrnoException e) {
            add("FUSE", Verdict.MISSING, e.errno().text(), advice(e, "load the module: modprobe fuse"));
        }
    }

    /**
     * Has the kernel mount a file that is no image: where it takes images from files (CONFIG_EROFS_FS_BACKED_BY_FILE) it looks for the
     * superblock, and says EINVAL; where it does not, it wants a block device.
     */
    private void erofs() {
        String name = "EROFS from files";
        String without = "caisson run serves layers of images itself, over FUSE";
        if (!Files.isReadable(options.stage())) {
            return;
        }
        try (OwnedFd context = MountCalls.fsopen("erofs")) {
            MountCalls.fsconfigString(
                    context.number(), "source", options.stage().toString());
            MountCalls.fsconfigFlag(context.number(), "ro");
            MountCalls.fsconfigCreate(context.number());
            add(name, Verdict.LIMITED, options.stage() + " is taken for an image", without);
        } catch (ErrnoException e) {
            switch (e.errno()) {
                case EINVAL -> add(name, Verdict.PRESENT, "layers of images are mounted by the kernel", "");
                case ENODEV ->
                    add(name, Verdict.LIMITED, "no EROFS", "load the module: modprobe erofs; until then " + without);
                default ->
                    add(
                            name,
                            Verdict.LIMITED,
                            e.errno().text(),
                            advice(
                                    e,
                                    "use a kernel with CONFIG_EROFS_FS_BACKED_BY_FILE, 6.12 or later; until then "
                                            + without));
            }
        }
    }

    /** Makes a user namespace, an id-mapped clone of the root in it, and an overlay over that. */
    private void namespaces() {
        if (!Files.isExecutable(options.stage())) {
            return;
        }
        try (OwnedFd nothing = org.caisson.linux.FileCalls.open("/dev/null", OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC);
                Stage stage =
                        Stage.spawn(options.stage().toString(), nothing.number(), nothing.number(), nothing.number())) {
            List<IdMap> map = List.of(new IdMap(0, PROBE_BASE, IdRange.SIZE));
            stage.unshare(new NamespaceOrders()
                    .create(
                            Namespace.USER,
                            Namespace.MOUNT,
                            Namespace.PID,
                            Namespace.UTS,
                            Namespace.IPC,
                            Namespace.NETWORK,
                            Namespace.CGROUP)
                    .idMaps(map, map));
            add("user namespaces", Verdict.PRESENT, "65536 ids mapped", "");
            try (OwnedFd user = stage.userNamespace();
                    OwnedFd root = MountCalls.openTree(
                            AtFlags.AT_FDCWD, "/", MountFlags.OPEN_TREE_CLONE | OpenFlags.O_CLOEXEC)) {
                idmap(root, user);
                overlay(stage, root);
            }
        } catch (IOException e) {
            add(
                    "user namespaces",
                    Verdict.MISSING,
                    String.valueOf(e.getMessage()),
                    advice(e, "allow them: sysctl user.max_user_namespaces=15000"));
        }
    }

    private void idmap(OwnedFd root, OwnedFd user) {
        try {
            MountCalls.idmap(root.number(), user.number(), false);
            add("id-mapped mounts", Verdict.PRESENT, "the file system of / takes them", "");
        } catch (ErrnoException e) {
            add(
                    "id-mapped mounts",
                    Verdict.LIMITED,
                    "the file system of / does not take them: " + e.errno().text(),
                    "caisson do shows files as nobody's; use ext4, xfs, btrfs or tmpfs");
        }
    }

    private void overlay(Stage stage, OwnedFd root) {
        StageOrders orders = new StageOrders();
        orders.mount("tmpfs", "/tmp", "tmpfs", 0, "mode=755", MountPoint.MUST_EXIST);
        for (String name : List.of("/tmp/lower", "/tmp/upper", "/tmp/work", "/tmp/root")) {
            orders.directory(name, 0755, -1, -1);
        }
        orders.attach(root, "/tmp/lower", MountPoint.MUST_EXIST);
        orders.mount(
                "overlay",
                "/tmp/root",
                "overlay",
                0,
                "lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work,userxattr",
                MountPoint.MUST_EXIST);
        orders.process(new ProcessOrders(List.of("true")));
        try (var made = stage.build(orders, org.caisson.runtime.stage.CgroupHook.NONE)) {
            add("overlay in user namespaces", made.pid() > 0 ? Verdict.PRESENT : Verdict.MISSING, "mounted", "");
        } catch (IOException e) {
            add(
                    "overlay in user namespaces",
                    Verdict.MISSING,
                    String.valueOf(e.getMessage()),
                    "use a kernel with CONFIG_OVERLAY_FS, 5.19 or later; until then use caisson run --rootfs");
        }
    }

    private void cgroups() {
        try {
            CgroupHost host = CgroupHost.detect();
            List<String> missing = new ArrayList<>();
            for (String controller : CONTROLLERS) {
                boolean inV2 = controller.equals("freezer") && host.unified() != null;
                if (host.of(controller) == null && !inV2) {
                    missing.add(controller);
                }
            }
            Verdict verdict = host.hierarchies().isEmpty()
                    ? Verdict.MISSING
                    : missing.isEmpty() ? Verdict.PRESENT : Verdict.LIMITED;
            String found = host.layout() + (missing.isEmpty() ? "" : " without " + String.join(", ", missing));
            add("control groups", verdict, found, "mount the controllers below /sys/fs/cgroup; limits need them");
        } catch (CgroupException e) {
            add("control groups", Verdict.MISSING, String.valueOf(e.getMessage()), "mount /proc");
        }
    }

    private static String advice(IOException e, String otherwise) {
        return e instanceof ErrnoException errno && errno.errno() == Errno.EPERM ? "run caisson as root" : otherwise;
    }

    private void add(String name, Verdict verdict, String found, String advice) {
        findings.add(new Finding(name, verdict, found, verdict == Verdict.PRESENT ? "" : advice));
    }

    private static String text(String file) {
        try {
            return new String(Files.readAllBytes(Path.of(file)), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "";
        }
    }
}
