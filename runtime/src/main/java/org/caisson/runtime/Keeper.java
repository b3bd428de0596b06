package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.ContainerEmulation;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.Signals;
import org.caisson.runtime.cgroup.Cgroup;
import org.caisson.runtime.cgroup.CgroupHost;
import org.caisson.runtime.spec.Hooks.Hook;
import org.caisson.runtime.spec.ProcessSpec;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.spec.SpecWriter;
import org.caisson.runtime.stage.ContainerProcess;
import org.caisson.runtime.stage.ProcessOrders;
import org.caisson.runtime.stage.Stage;
import org.caisson.runtime.stage.StageException;
import org.caisson.runtime.stage.StageOrders;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;
import org.caisson.runtime.state.StoredState;
import org.jspecify.annotations.Nullable;

/**
 * Owns one container from before its making to after its end: its ids, control groups, emulation, first process and state
 * on disk. One thread makes, starts and awaits it; others may only signal it. Closing takes all away again, whatever state
 * was reached.
 */
final class Keeper implements AutoCloseable {
    private final RuntimeOptions options;
    private final StateDirectory states;
    private final RunRequest request;
    private final Spec spec;
    private final Path bundle;
    private final ContainerIo io;
    private final FileLock alive;
    private @Nullable IdRange range;
    private @Nullable Cgroup cgroup;
    private @Nullable ContainerEmulation emulation;
    private @Nullable ContainerProcess process;
    private @Nullable ControlServer control;
    private @Nullable StoredState state;
    private int exitStatus = -1;
    private int warned;
    private boolean started;
    private boolean closed;

    /** {@code alive} is the lock of the container's directory, which is given back at the end. */
    Keeper(
            RuntimeOptions options,
            StateDirectory states,
            RunRequest request,
            Spec spec,
            Path bundle,
            ContainerIo io,
            FileLock alive) {
        this.options = options;
        this.states = states;
        this.request = request;
        this.spec = spec;
        this.bundle = bundle;
        this.io = io;
        this.alive = alive;
    }

    /** Makes the container up to the point where only its start is missing. */
    void create(int firstPreserved) throws ContainerException {
        try (Inherited inherited = Inherited.of(firstPreserved, request.preserveFds())) {
            make(io.streams(), inherited);
        } catch (IOException e) {
            throw Failures.of("container " + request.id() + " cannot be made", e);
        }
    }

    private void make(StandardStreams streams, Inherited inherited) throws IOException {
        ProcessSpec program = spec.process();
        if (program == null) {
            throw new ContainerException(
                    ContainerException.Kind.BAD_SPEC, "process: is missing: name the program to run");
        }
        CgroupHost host = CgroupHost.detect();
        Cgroup groups = Cgroup.at(host, cgroupPath());
        state = firstState(program, groups);
        states.write(state);
        IdMaps ids = ids();
        Preparation preparation = new Preparation(groups, spec.linux().resources(), ids);
        preparation.start();
        try {
            build(program, groups, ids, preparation, streams, inherited);
        } finally {
            preparation.await();
            cgroup = preparation.groups();
            emulation = preparation.emulation();
        }
        ContainerProcess made = made();
        ContainerEmulation emulated = preparation.result();
        emulated.attach(made.pid(), made.agent());
        OwnedFd listener = made.seccompListener();
        if (listener != null) {
            emulated.serve(listener.duplicate());
            listener.close();
        }
        warn(io);
        remember("created", made.pid());
    }

    private void build(
            ProcessSpec given,
            Cgroup groups,
            IdMaps ids,
            Preparation preparation,
            StandardStreams streams,
            Inherited inherited)
            throws IOException {
        ProcessSpec program =
                ProcessSetup.withUser(given, request.user(), new UserLookup(FileSystemOrders.rootfs(spec, bundle)));
        try (NamespacePlan namespaces = NamespacePlan.of(spec, ids);
                LockedVolumes volumes =
                        LockedVolumes.of(spec, bundle, options.stage(), ids, !ids.given(), io::warning);
                Stage stage = spawn(streams)) {
            StageOrders before = volumes.hostOrders();
            if (before != null) {
                namespaces.orders().hostOrders(before);
            }
            stage.unshare(namespaces.orders());
            try (OwnedFd userNamespace = stage.userNamespace();
                    MountSources sources = new MountSources(userNamespace, ids, io::warning)) {
                StageOrders orders = new StageOrders();
                FileSystemOrders files = new FileSystemOrders(spec, bundle, orders, sources, volumes, !ids.given());
                preparation.await();
                files.write(groups, preparation.result());
                finish(orders, namespaces, program, inherited, files.isInit());
                process = stage.build(orders, pid -> joinAndHook(groups, pid));
            }
        }
    }

    private Stage spawn(StandardStreams streams) throws StageException {
        return Stage.spawn(options.stage().toString(), streams.input(), streams.output(), streams.error())
                .interruptible(io.interruption());
    }

    private void finish(
            StageOrders orders, NamespacePlan namespaces, ProcessSpec program, Inherited inherited, boolean system)
            throws IOException {
        hooksInside(orders, spec.hooks().createContainer());
        orders.pivot();
        String hostname = spec.hostname();
        if (hostname != null && namespaces.ownUts()) {
            orders.hostname(hostname);
        }
        String domainname = spec.domainname();
        if (domainname != null && namespaces.ownUts()) {
            orders.domainname(domainname);
        }
        if (namespaces.ownNetwork()) {
            orders.loopback();
        }
        for (var entry : spec.linux().sysctl().entrySet()) {
            orders.sysctl(entry.getKey(), entry.getValue());
        }
        ProcessSetup.limits(program, orders);
        hooksInside(orders, spec.hooks().startContainer());
        ProcessSpec named = program;
        if (system && !SpecBuilder.hasEnv(program.env(), "container")) {
            List<String> env = new ArrayList<>(program.env());
            env.add("container=caisson");
            named = program.withEnv(env);
        }
        ProcessOrders last = ProcessSetup.orders(named, request.init(), inherited.list());
        last.seccompNotify(SeccompPrograms.traps());
        byte[] own = SeccompPrograms.of(spec.linux().seccomp());
        if (own != null) {
            last.seccomp(own, 0);
        }
        orders.process(last);
    }

    private void hooksInside(StageOrders orders, List<Hook> hooks) {
        for (Hook hook : hooks) {
            Integer timeout = hook.timeout();
            orders.hook(
                    hook.path(),
                    hook.args().isEmpty() ? List.of(hook.path()) : hook.args(),
                    hook.env(),
                    stateJson("creating", 0),
                    timeout == null ? 0 : timeout);
        }
    }

    /** The first process waits: it is put into its groups, and hooks see its namespaces. */
    private void joinAndHook(Cgroup groups, int pid) throws IOException {
        groups.add(pid);
        if (!spec.hooks().prestart().isEmpty() || !spec.hooks().createRuntime().isEmpty()) {
            String json = stateJson("creating", pid);
            HookRunner.run("prestart", spec.hooks().prestart(), json);
            HookRunner.run("createRuntime", spec.hooks().createRuntime(), json);
        }
    }

    private String cgroupPath() throws ContainerException {
        String path = spec.linux().cgroupsPath();
        if (path == null || path.isEmpty()) {
            return "caisson-" + request.id();
        }
        if (!options.systemdCgroup()) {
            return path;
        }
        String[] parts = path.split(":", -1);
        if (parts.length != 3) {
            throw new ContainerException(
                    ContainerException.Kind.BAD_SPEC,
                    "linux.cgroupsPath: must have the form slice:prefix:name with systemd's control groups");
        }
        String slice = parts[0].isEmpty() ? "system.slice" : parts[0];
        return "/" + slice + "/" + (parts[1].isEmpty() ? "" : parts[1] + "-") + parts[2] + ".scope";
    }

    private IdMaps ids() throws IOException {
        if (!spec.linux().uidMappings().isEmpty()) {
            return IdMaps.of(spec.linux().uidMappings(), spec.linux().gidMappings());
        }
        IdRange allocated = IdRange.allocate();
        range = allocated;
        return IdMaps.range(allocated.base());
    }

    private StoredState firstState(ProcessSpec program, Cgroup groups) {
        List<String> directories = new ArrayList<>();
        for (Path directory : groups.directories()) {
            directories.add(directory.toString());
        }
        boolean system = FileSystemOrders.isInit(program.args().get(0));
        return new StoredState(
                spec.ociVersion(),
                request.id(),
                "creating",
                0,
                0,
                ProcessCalls.getpid(),
                bundle.toString(),
                FileSystemOrders.rootfs(spec, bundle).toString(),
                String.join(" ", program.args()),
                System.currentTimeMillis(),
                "root",
                request.remove(),
                -1,
                system ? Signals.SIGRTMIN + 3 : Signals.SIGTERM,
                NamespacePlan.flags(spec),
                directories,
                spec.annotations());
    }

    /** The terminal's master, given up to the caller; null if there is none. */
    @Nullable
    OwnedFd takeTerminal() throws ContainerException {
        ContainerProcess made = made();
        OwnedFd terminal = made.terminal();
        return terminal == null ? null : OwnedFd.own(terminal.release());
    }

    ContainerProcess made() {
        ContainerProcess made = process;
        if (made == null) {
            throw new IllegalStateException("the container was not made");
        }
        return made;
    }

    /** Hands on what was left out since the last time. */
    private void warn(ContainerIo listener) {
        List<StageException> warnings = made().warnings();
        for (; warned < warnings.size(); warned++) {
            listener.warning(Failures.warning(warnings.get(warned)));
        }
    }

    /** Lets the program run; {@code listener} hears of limits that were out of reach. */
    void start(ContainerIo listener) throws ContainerException {
        ContainerProcess made = made();
        try {
            made.start();
            started = true;
            warn(listener);
            remember("running", made.pid());
        } catch (IOException e) {
            throw Failures.of("container " + request.id() + " cannot be started", e);
        }
        if (!spec.hooks().poststart().isEmpty()) {
            HookRunner.run("poststart", spec.hooks().poststart(), stateJson("running", made.pid()));
        }
    }

    /** Makes the container reachable for other commands: its specification on disk, and a socket. */
    ControlServer publish() throws ContainerException {
        ContainerEmulation emulated = emulation;
        if (emulated == null) {
            throw new IllegalStateException("the container was not made");
        }
        try {
            states.writeFile(request.id(), "config.json", SpecWriter.write(spec));
            ControlServer server = ControlServer.listen(states.of(request.id()), emulated);
            control = server;
            return server;
        } catch (IOException e) {
            throw Failures.of("container " + request.id() + " cannot be made reachable", e);
        }
    }

    /** Waits for the program's end. */
    int await() throws ContainerException {
        try {
            exitStatus = made().awaitExit();
            return exitStatus;
        } catch (IOException e) {
            throw Failures.of("the end of container " + request.id() + " was not seen", e);
        }
    }

    private void remember(String status, int pid) throws IOException {
        StoredState known = state;
        if (known != null) {
            state = known.with(status, pid, ProcessTimes.startOf(pid));
            states.write(state);
        }
    }

    private String stateJson(String status, int pid) {
        StoredState known = state;
        if (known == null) {
            throw new IllegalStateException("no state yet");
        }
        return ContainerStates.show(known.with(status, pid, 0), false).toJson();
    }

    /** Takes everything away: processes first, then what served them, then what they counted against. */
    @Override
    public void close() throws ContainerException {
        if (closed) {
            return;
        }
        closed = true;
        IOException failure = null;
        if (control != null) {
            control.close();
        }
        if (process != null) {
            process.close();
        }
        if (emulation != null) {
            emulation.close();
        }
        try {
            if (cgroup != null) {
                cgroup.remove();
            }
        } catch (IOException e) {
            failure = e;
        }
        if (range != null) {
            range.close();
        }
        try {
            forget();
        } catch (IOException e) {
            failure = failure == null ? e : failure;
        }
        alive.close();
        if (failure != null) {
            throw Failures.of("container " + request.id() + " cannot be cleaned up", failure);
        }
    }

    private void forget() throws IOException {
        StoredState known = state;
        boolean made = process != null;
        boolean happened = made && (started || request.detach());
        if (known == null || known.remove() || !happened) {
            if (known != null && made && !spec.hooks().poststop().isEmpty()) {
                HookRunner.run("poststop", spec.hooks().poststop(), stateJson("stopped", 0));
            }
            states.forget(request.id());
        } else {
            states.write(known.stopped(exitStatus));
        }
    }
}
