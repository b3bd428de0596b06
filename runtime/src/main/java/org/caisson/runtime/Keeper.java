package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.caisson.emulation.ContainerEmulation;
import org.caisson.linux.FileCalls;
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
final class Keeper implements AutoCloseable, ControlServer.Starter {
    private static final long END_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long END_PAUSE_MILLIS = 20;
    private static final long LOOK_MILLIS = 2_000;
    /** Tells in the state who serves the layers of the image. */
    private static final String LAYER_SERVER = "org.caisson.image.kernel";

    private static final String STOP_SIGNAL = "org.opencontainers.image.stopSignal";

    private final RuntimeOptions options;
    private final StateDirectory states;
    // Of a container that was made ahead these four come later.
    private RunRequest request;
    private Spec spec;
    private Path bundle;
    private ContainerIo io;
    private final FileLock alive;
    private final ContainerLayers imageLayers;
    private final ServedLayers layers;
    private final ImageMounts imageMounts;
    private @Nullable Foundation foundation;
    private @Nullable IdRange range;
    private @Nullable IdReservation reserved;
    private @Nullable Cgroup cgroup;
    private @Nullable ContainerEmulation emulation;
    private @Nullable ContainerProcess process;
    private @Nullable ControlServer control;
    /** Whom the program runs as, and what is executed beside it unless somebody says. */
    private ProcessSpec.@Nullable User user;

    private @Nullable StoredState state;
    private int exitStatus = -1;
    /** From here on a failure is one of the life cycle, which ends with poststop. */
    private boolean hooksBegan;

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
        imageLayers = new ContainerLayers(spec, states);
        layers = new ServedLayers(options.layers());
        imageMounts = new ImageMounts(states, request.id());
    }

    /** Makes the container up to the point where only its start is missing. */
    void create(int firstPreserved) throws ContainerException {
        List<OwnedFd> given = io.descriptors();
        int count = request.preserveFds();
        try (Inherited inherited =
                given == null ? Inherited.of(firstPreserved, count) : Inherited.among(given, count)) {
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
        FileSystemOrders.checkCount(spec, request.preserveFds());
        if (request.spec() == null) {
            Unsupported.check(spec, io::warning);
        }
        Foundation ahead = foundation;
        Preparation preparation = ahead == null ? begin(program, Map.of()) : ahead.preparation();
        try {
            build(program, preparation, streams, inherited);
        } finally {
            preparation.await();
            cgroup = preparation.madeGroups();
            emulation = preparation.madeEmulation();
        }
        ContainerProcess made = made();
        ContainerEmulation emulated = preparation.emulation();
        emulated.attach(made.pid(), made.agent(), FileSystemOrders.covered(spec));
        OwnedFd listener = made.seccompListener();
        if (listener != null) {
            emulated.serve(listener.duplicate());
            listener.close();
        }
        warn(io);
        if (request.anyDirectory() && !program.cwd().equals("/") && startsInRoot(made.pid())) {
            io.warning("the directory " + program.cwd() + " is not in the container: the program starts in /;"
                    + " name another one with --workdir");
        }
        if (spec.root().layered() && state != null) {
            state = state.withAnnotation(LAYER_SERVER, imageLayers.server());
        }
        remember("created", made.pid());
    }

    /** Makes what does not depend on the program; the rest is {@link #create}'s, after {@link #adopt}. */
    void prepare() throws IOException {
        ProcessSpec program = spec.process();
        if (program == null) {
            throw new IllegalStateException("a template has a program");
        }
        Preparation preparation = begin(program, Map.of(SpareContainers.MARK, ""));
        try {
            foundation = Foundation.lay(options, spec, preparation);
        } finally {
            preparation.awaitMade();
            cgroup = preparation.madeGroups();
            emulation = preparation.madeEmulation();
        }
    }

    /** Is from now on what is asked for: in all but program, host name and who asks the same as it was prepared for. */
    Keeper adopt(RunRequest asked, Spec wanted, Path directory, ContainerIo caller) throws IOException {
        StoredState prepared = state;
        ProcessSpec program = wanted.process();
        if (prepared == null || program == null) {
            throw new IllegalStateException("nothing was prepared");
        }
        request = asked.withId(request.id());
        spec = wanted;
        bundle = directory;
        io = caller;
        StoredState first = firstState(program, prepared.cgroups(), prepared.createdMillis());
        state = first;
        states.write(first);
        return this;
    }

    RunRequest request() {
        return request;
    }

    /** Starts to make ids, control groups, emulation and the first state on disk. */
    private Preparation begin(ProcessSpec program, Map<String, String> notes) throws IOException {
        Cgroup named = Cgroup.at(CgroupHost.detect(), cgroupPath());
        IdMaps chosen = ids();
        List<String> directories = new ArrayList<>();
        for (Path directory : named.directories()) {
            directories.add(directory.toString());
        }
        StoredState noted = firstState(program, directories, System.currentTimeMillis());
        for (Map.Entry<String, String> note : notes.entrySet()) {
            noted = noted.withAnnotation(note.getKey(), note.getValue());
        }
        StoredState first = noted;
        state = first;
        Cgroup groups = named.withOwner(states.mark(first), StateDirectory::lives);
        Preparation preparation = new Preparation(groups, spec.linux().resources(), chosen, () -> states.write(first));
        preparation.start();
        return preparation;
    }

    private static boolean startsInRoot(int pid) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/" + pid + "/cwd"))
                .toString()
                .equals("/");
    }

    private void build(ProcessSpec given, Preparation preparation, StandardStreams streams, Inherited inherited)
            throws IOException {
        Foundation ahead = foundation;
        IdMaps ids = preparation.ids();
        Path rootfs = FileSystemOrders.rootfs(spec, bundle);
        StoredState first = state;
        Spec whole = first == null ? spec : imageLayers.prepare(first, ids);
        try (NamespacePlan namespaces = ahead == null ? NamespacePlan.of(spec, ids) : ahead.namespaces();
                LockedMounts locked = LockedMounts.of(
                        whole,
                        bundle,
                        namespaces,
                        options.stage(),
                        ids,
                        mode -> imageLayers.writable(mode, ids),
                        io::warning,
                        layers,
                        imageMounts);
                StageProgram file = StageProgram.of(options.stage(), ids);
                Inherited late = ahead == null ? Inherited.of(0, 0) : Inherited.copies(streams);
                Stage stage = ahead == null
                        ? Stage.spawn(file.path(), streams.input(), streams.output(), streams.error())
                                .interruptible(io.interruption())
                                .inheriting(io.process())
                        : ahead.stage(io)) {
            StageOrders before = locked.hostOrders();
            if (ahead == null) {
                if (before != null) {
                    namespaces.orders().hostOrders(before);
                }
                stage.unshare(namespaces.orders());
                preparation.join(stage.fork());
            } else if (before != null) {
                throw new IllegalStateException("a container of another kind was made ahead");
            }
            String image = locked.image();
            Path root = image == null ? rootfs : Path.of("/proc/" + stage.pid() + "/root" + image);
            ProcessSpec program = ProcessSetup.withUser(given, request.user(), new UserLookup(root));
            user = program.user();
            try (OwnedFd userNamespace = stage.userNamespace();
                    MountSources sources = new MountSources(userNamespace, ids, io::warning, layers, imageMounts)) {
                StageOrders orders = new StageOrders();
                FileSystemOrders files =
                        new FileSystemOrders(whole, bundle, namespaces, orders, sources, locked, !ids.given());
                files.write(preparation.groups(), preparation::emulation);
                finish(orders, files, namespaces, program, inherited, late);
                process = stage.build(orders, pid -> joinAndHook(preparation.groups(), preparation, orders, pid));
                imageLayers.take(locked);
            }
        }
    }

    private void finish(
            StageOrders orders,
            FileSystemOrders files,
            NamespacePlan namespaces,
            ProcessSpec program,
            Inherited inherited,
            Inherited streams)
            throws IOException {
        hooksInside(orders, spec.hooks().createContainer());
        orders.pivot();
        files.propagation();
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
            if (!namespaces.setJoinedSysctl(entry.getKey(), entry.getValue())) {
                orders.sysctl(entry.getKey(), entry.getValue());
            }
        }
        ProcessSetup.limits(program, orders);
        hooksInside(orders, spec.hooks().startContainer());
        ProcessSpec named = program;
        if (files.isInit() && !SpecBuilder.hasEnv(program.env(), "container")) {
            List<String> env = new ArrayList<>(program.env());
            env.add("container=caisson");
            named = program.withEnv(env);
        }
        ProcessOrders last = ProcessSetup.orders(named, request.init(), inherited.list())
                .anyDirectory(request.anyDirectory())
                .streams(streams.list());
        last.seccompNotify(SeccompPrograms.traps(spec));
        byte[] own = SeccompPrograms.of(spec.linux().seccomp());
        if (own != null) {
            last.seccomp(own, SeccompPrograms.flags(spec.linux().seccomp()));
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
    private void joinAndHook(Cgroup groups, Preparation preparation, StageOrders orders, int pid) throws IOException {
        boolean hooks = !spec.hooks().prestart().isEmpty()
                || !spec.hooks().createRuntime().isEmpty();
        preparation.awaitJoined();
        hooksBegan = true;
        if (!hooks) {
            for (Cgroup.Entrance entrance : preparation.entrances()) {
                orders.enter(entrance.tasks(), entrance.group().toString());
            }
        } else {
            groups.add(pid);
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
            IdMaps given = IdMaps.of(spec.linux().uidMappings(), spec.linux().gidMappings());
            reserved = IdReservation.of(given);
            return given;
        }
        IdRange allocated = IdRange.allocate(states.of(request.id()));
        range = allocated;
        return IdMaps.range(allocated.base());
    }

    private StoredState firstState(ProcessSpec program, List<String> directories, long created)
            throws ContainerException {
        boolean system = FileSystemOrders.isInit(program.args().get(0));
        return new StoredState(
                spec.ociVersion(),
                request.id(),
                "creating",
                0,
                0,
                ProcessCalls.getpid(),
                bundle.toString(),
                FileSystemOrders.rootPath(spec, bundle).toString(),
                String.join(" ", program.args()),
                created,
                "root",
                request.remove(),
                -1,
                stopSignal(system ? Signals.SIGRTMIN + 3 : Signals.SIGTERM),
                NamespacePlan.flags(spec),
                directories,
                spec.annotations());
    }

    /** What the image says in an annotation of the OCI image specification ({@code conversion.md}), if anything. */
    private int stopSignal(int usual) throws ContainerException {
        String name = spec.annotations().get(STOP_SIGNAL);
        if (name == null || name.isEmpty()) {
            return usual;
        }
        try {
            return Signals.parse(name);
        } catch (IllegalArgumentException e) {
            throw new ContainerException(
                    ContainerException.Kind.BAD_SPEC,
                    "annotation " + STOP_SIGNAL + ": \"" + name + "\" is no signal of signal(7)",
                    e);
        }
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

    @Override
    public void start(ContainerIo listener) throws ContainerException {
        ContainerProcess made = made();
        try {
            made.start();
            started = true;
            warn(listener);
            remember("running", made.pid());
        } catch (IOException e) {
            throw Failures.of("container " + request.id() + " cannot be started", e);
        }
    }

    @Override
    public void poststart() throws ContainerException {
        if (!spec.hooks().poststart().isEmpty()) {
            HookRunner.run("poststart", spec.hooks().poststart(), stateJson("running", made().pid()));
        }
    }

    /** Makes the container reachable for other commands: its specification on disk, and a socket. */
    ControlServer publish() throws ContainerException {
        ContainerEmulation emulated = emulation;
        if (emulated == null) {
            throw new IllegalStateException("the container was not made");
        }
        try {
            ProcessSpec program = spec.process();
            Spec published = program == null || user == null ? spec : spec.withProcess(program.withUser(user));
            states.writeFile(request.id(), "config.json", SpecWriter.write(published));
            ControlServer server = ControlServer.listen(states.of(request.id()), emulated, imageLayers.written());
            control = server;
            return server;
        } catch (IOException e) {
            throw Failures.of("container " + request.id() + " cannot be made reachable", e);
        }
    }

    /** Waits for the program's end. */
    int await() throws ContainerException {
        ContainerProcess made = made();
        Cgroup groups = cgroup;
        try {
            while (FileCalls.poll(made.pidfd().number(), FileCalls.POLLIN, LOOK_MILLIS) == 0) {
                // A process that the container froze dies of nothing, and the first one would wait for it for ever.
                if (groups != null && ProcessTimes.isEnding(made.pid())) {
                    groups.kill();
                }
            }
            exitStatus = made.awaitExit();
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

    /**
     * Takes everything away: processes first, then what served them, then what they counted against. What fails is a
     * warning, for the program's end is known by now; what cannot be taken away stays on disk, with the ids that its
     * processes have, and the next command tries again.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (control != null) {
            control.close();
        }
        if (process != null) {
            end(process);
            process.close();
        }
        if (process == null && foundation != null) {
            foundation.close();
        }
        if (emulation != null) {
            emulation.close();
        }
        imageLayers.close();
        layers.close();
        imageMounts.close();
        if (reserved != null) {
            reserved.close();
        }
        Poststop poststop = null;
        try {
            if (cgroup != null) {
                cgroup.remove();
            }
            if (range != null) {
                range.close();
            }
            poststop = forget();
        } catch (IOException e) {
            if (range != null) {
                range.leave();
            }
            io.warning("container " + request.id() + " cannot be cleaned up: " + e.getMessage()
                    + "; the next command tries again");
        }
        alive.close();
        if (poststop != null) {
            poststop.run(io::warning);
        }
    }

    /** Nothing frozen dies, and a first process waits for all others of its pid namespace: this sees to both. */
    private void end(ContainerProcess made) {
        Cgroup groups = cgroup;
        long deadline = System.nanoTime() + END_NANOS;
        try {
            while (exitStatus < 0
                    && groups != null
                    && FileCalls.poll(made.pidfd().number(), FileCalls.POLLIN, 0) == 0) {
                if (System.nanoTime() - deadline > 0) {
                    return;
                }
                groups.kill();
                FileCalls.poll(made.pidfd().number(), FileCalls.POLLIN, END_PAUSE_MILLIS);
            }
        } catch (IOException e) {
            // The process is killed by itself next, and what is left by its control groups.
        }
    }

    /** Returns what is still to be run of the container's life. */
    private @Nullable Poststop forget() throws IOException {
        StoredState known = state;
        boolean happened = process != null && (started || request.detach());
        if (known == null || known.remove() || !happened) {
            states.forget(request.id());
            List<Hook> hooks = spec.hooks().poststop();
            return known == null || !hooksBegan || hooks.isEmpty() ? null : Poststop.of(hooks, known);
        }
        states.write(known.stopped(exitStatus));
        return null;
    }
}
