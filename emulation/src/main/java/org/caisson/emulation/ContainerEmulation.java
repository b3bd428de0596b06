package org.caisson.emulation;

import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.agent.AgentConnection;
import org.caisson.emulation.cgroup.ResourceView;
import org.caisson.emulation.policy.CallPolicy;
import org.caisson.emulation.proc.ContainerClock;
import org.caisson.emulation.proc.ProcFiles;
import org.caisson.emulation.sys.SysFiles;
import org.caisson.emulation.sysctl.HostSysctls;
import org.caisson.emulation.sysctl.SharedHostSysctls;
import org.caisson.emulation.sysctl.SysctlDirectory;
import org.caisson.emulation.trap.Covers;
import org.caisson.emulation.trap.Emulated;
import org.caisson.emulation.trap.TrapFilter;
import org.caisson.emulation.trap.TrapListener;
import org.caisson.fuse.FuseServer;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.seccomp.SeccompFilter;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticFileSystem;

/**
 * What one container sees in place of the kernel's {@code /proc} and {@code /sys}, and the answers to its trapped system
 * calls. Made before the container, given its agent once its first process exists, closed after its end.
 */
public final class ContainerEmulation implements AutoCloseable {
    private static final String NAME = "caisson";

    private final ContainerClock clock = new ContainerClock();
    private final InsideFiles inside = new InsideFiles();
    private final ResourceView view;
    private final ProcFiles procFiles;
    private final HostSysctls hostSysctls;
    private final List<EmulatedPath> paths;
    private final FuseServer server;
    private final OwnedFd mount;
    private final Emulated emulated;

    /** Guarded by itself. */
    private final List<TrapListener> listeners = new ArrayList<>();

    /** Mounts the emulated tree, attached nowhere, and starts to serve it. */
    public static ContainerEmulation create(EmulationOptions options) throws ErrnoException {
        return new ContainerEmulation(options);
    }

    /**
     * The filter under which the container's processes must run, with a listener for {@link #serve}. The policy is decided: each
     * process of the container may have another filter, and what comes is answered for all.
     */
    public static SeccompFilter filter(CallPolicy policy) {
        return TrapFilter.program(policy);
    }

    private ContainerEmulation(EmulationOptions options) throws ErrnoException {
        view = new ResourceView(options.cgroups());
        procFiles = new ProcFiles(view, clock);
        hostSysctls = options.shared() == null ? HostSysctls.NONE : SharedHostSysctls.in(options.shared());
        paths = emulatedPaths();
        VirtualFileSystem files = new VirtualFileSystem();
        server = FuseServer.builder(
                        files,
                        files.newMountNamespace(SyntheticFileSystem.proc(tree(options.idCount())))
                                .root())
                .name(NAME)
                .idShift(options.idBase(), options.idCount())
                .threads(options.threads())
                .build();
        mount = server.mountDetached();
        try {
            emulated = new Emulated(FileIdentity.of(mount).device(), mount, new SharedMachine(view, procFiles));
            server.start();
        } catch (ErrnoException failure) {
            close();
            throw failure;
        }
    }

    private SyntheticDirectory tree(int idCount) {
        // These stay what they are, so that the kernel need not ask for them at each step of a path.
        SyntheticDirectory.Builder root = SyntheticDirectory.builder().cachePolicy(CachePolicy.NAMES);
        SyntheticDirectory.Builder proc = root.directory("proc").cachePolicy(CachePolicy.NAMES);
        procFiles.addTo(proc);
        proc.add("sys", SysctlDirectory.root(inside, hostSysctls, idCount));
        new SysFiles(view, procFiles, () -> inside.identity().productId())
                .addTo(root.directory("sys").cachePolicy(CachePolicy.NAMES));
        return root.build();
    }

    private static List<EmulatedPath> emulatedPaths() {
        List<EmulatedPath> list = new ArrayList<>();
        for (String name : ProcFiles.names()) {
            list.add(new EmulatedPath("proc/" + name, "/proc/" + name, ProcFiles.isDirectory(name)));
        }
        list.add(new EmulatedPath("proc/sys", "/proc/sys", true));
        for (String path : SysFiles.paths()) {
            list.add(new EmulatedPath("sys/" + path, "/sys/" + path, SysFiles.isDirectory(path)));
        }
        return List.copyOf(list);
    }

    /** The detached mount of the whole tree; it stays this object's. */
    public OwnedFd mountFd() {
        return mount;
    }

    /** Has the kernel ask for the names of all parts, which it keeps: who binds them in the container then waits for none. */
    public void lookUp() throws ErrnoException {
        for (EmulatedPath path : paths) {
            FileCalls.openat(mount.number(), path.source(), OpenFlags.O_PATH | OpenFlags.O_CLOEXEC, 0)
                    .close();
        }
    }

    /** Which parts of the tree belong where in the container. */
    public List<EmulatedPath> paths() {
        return paths;
    }

    /**
     * Learns of the container's first process, by its number on the host, and of its agent. To be called before that
     * process executes its program. The agent stays the caller's. {@code covered} are the paths that the container's
     * specification hides or makes read-only: below {@code /proc} and {@code /sys} they stay so, on a new mount too.
     */
    public void attach(int initPid, AgentConnection agent, List<String> covered) throws ErrnoException {
        clock.startWith(initPid);
        inside.attach(agent, initPid);
        try (OwnedFd mounts =
                FileCalls.open("/proc/" + initPid + "/ns/mnt", OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC)) {
            Covers covers = Covers.of(covered);
            emulated.attach(
                    new InsideMounts(agent, paths, covers),
                    initPid,
                    FileIdentity.of(mounts).inode(),
                    covers);
        }
    }

    /** Takes over the listener of a filter that the container's processes run under, and serves it to its end. */
    public void serve(OwnedFd listener) throws ErrnoException {
        TrapListener started = TrapListener.start(listener, emulated);
        synchronized (listeners) {
            listeners.removeIf(TrapListener::endedAndClosed);
            listeners.add(started);
        }
    }

    /** Ends all service: who still uses the emulated files gets ENOTCONN, who is trapped ENOSYS. */
    @Override
    public void close() {
        List<TrapListener> ending;
        synchronized (listeners) {
            ending = List.copyOf(listeners);
            listeners.clear();
        }
        for (TrapListener listener : ending) {
            listener.close();
        }
        emulated.close();
        server.close();
        mount.close();
        try {
            hostSysctls.close();
        } finally {
            procFiles.close();
            view.close();
        }
    }
}
