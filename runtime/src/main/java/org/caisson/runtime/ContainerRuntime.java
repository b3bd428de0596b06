package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.Signals;
import org.caisson.runtime.ContainerException.Kind;
import org.caisson.runtime.cgroup.Cgroup;
import org.caisson.runtime.cgroup.CgroupHost;
import org.caisson.runtime.cgroup.CgroupStats;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.spec.SpecException;
import org.caisson.runtime.spec.SpecReader;
import org.caisson.runtime.stage.ContainerProcess;
import org.caisson.runtime.state.DamagedStateException;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;
import org.caisson.runtime.state.StoredState;
import org.jspecify.annotations.Nullable;

/**
 * The life of containers on this host: the one type that commands call. Every call is one step of the OCI runtime life
 * cycle, and each first clears away what dead keepers left behind. Instances hold no state: any number of processes may
 * work below one root.
 */
public final class ContainerRuntime {
    private final RuntimeOptions options;
    private final StateDirectory states;

    public ContainerRuntime(RuntimeOptions options) {
        this.options = options;
        this.states = new StateDirectory(options.root());
    }

    /**
     * Makes and starts a container. In the foreground it waits for the program and returns its exit status (128 + n after
     * signal n); detached it returns 0 when the program was started.
     */
    public int run(RunRequest request, ContainerIo io) throws ContainerException {
        if (request.detach()) {
            create(request, io);
            try {
                start(request.id(), io);
            } catch (ContainerException e) {
                try {
                    delete(request.id(), true);
                } catch (ContainerException suppressed) {
                    e.addSuppressed(suppressed);
                }
                throw e;
            }
            return 0;
        }
        Spec spec = specification(request);
        try (Keeper keeper = keeper(request, spec, io)) {
            keeper.create(3);
            OwnedFd terminal = keeper.takeTerminal();
            if (terminal != null) {
                io.terminal(terminal);
            }
            ContainerProcess process = keeper.made();
            PidFile.write(request.pidFile(), process.pid());
            startInForeground(keeper, process, keeper.request().id(), io);
            keeper.poststart();
            int status = keeper.await();
            io.ended(status);
            return status;
        }
    }

    private Keeper keeper(RunRequest request, Spec spec, ContainerIo io) throws ContainerException {
        ResidentKeepers resident = options.resident();
        try {
            Keeper spare = resident == null ? null : resident.spare(options, request, spec, io);
            if (spare != null) {
                return spare;
            }
        } catch (IOException e) {
            throw Failures.of("container " + request.id() + " cannot be made", e);
        }
        FileLock alive = reserve(request.id(), io);
        return new Keeper(options, states, request, spec, bundle(request), io, alive);
    }

    /** Who enters the container as soon as its program shows a sign of life waits until it can be entered. */
    private void startInForeground(Keeper keeper, ContainerProcess process, String id, ContainerIo io)
            throws ContainerException {
        try (FileLock starting = states.lockContainer(id)) {
            if (starting == null) {
                throw new ContainerException("container " + id + " was removed while it was being made");
            }
            keeper.start(io);
            io.started(new Running(process));
            keeper.publish().serveAside();
        } catch (IOException e) {
            throw Failures.of("container " + id + " cannot be started", e);
        }
    }

    /** The first process of a container in the foreground. */
    private record Running(ContainerProcess process) implements RunningProcess {
        @Override
        public int pid() {
            return process.pid();
        }

        @Override
        public void signal(int signal) {
            try {
                process.signal(signal);
            } catch (IOException e) {
                throw new IllegalArgumentException("signal " + signal + " cannot be sent: " + e.getMessage(), e);
            }
        }
    }

    /** Makes a container whose program waits for {@link #start}. */
    public void create(RunRequest request, ContainerIo io) throws ContainerException {
        specification(request);
        FileLock alive = reserve(request.id(), io);
        try (alive) {
            ResidentKeepers resident = options.resident();
            if (resident == null) {
                new KeeperLauncher(options, states).launch(request, alive, io);
            } else {
                resident.launch(options, states, request, alive, io);
            }
        }
    }

    /**
     * The whole life of a detached keeper: what {@link RuntimeOptions#keeperCommand} must call with the arguments that
     * were appended to it. Returns the exit status of the keeper process.
     */
    public int keep(List<String> arguments) {
        return new DetachedKeeper(options, states).run(arguments);
    }

    /** Starts the program of a created container. */
    public void start(String id) throws ContainerException {
        start(id, ContainerIo.INHERIT);
    }

    /** The same; {@code io} hears of limits that were out of reach. */
    public void start(String id, ContainerIo io) throws ContainerException {
        try {
            collect(io);
            try (FileLock lock = lock(id)) {
                StoredState state = known(id, lock);
                if (!state.status().equals("created")) {
                    throw wrongState(state, "started", "only one that was created can be");
                }
                askForStart(states.of(id), lock, io);
            }
        } catch (IOException e) {
            throw Failures.of("container " + id + " cannot be started", e);
        }
    }

    private static void askForStart(Path container, FileLock lock, ContainerIo io) throws IOException {
        try (ControlSocket control = ControlSocket.connect(container)) {
            control.send("start");
            control.await("started", io);
            // Hooks may take their time, and may call caisson.
            lock.close();
            control.await("ok", io);
        }
    }

    /** Sends a signal to the first process, or to all processes, of a container. */
    public void kill(String id, int signal, boolean all) throws ContainerException {
        try {
            collect();
            try (FileLock lock = lock(id)) {
                StoredState state = known(id, lock);
                if (all) {
                    signalAll(state, signal);
                } else if (state.pid() == 0 || !signalFirst(states, state, signal)) {
                    throw wrongState(state, "signalled", "it has no process any more");
                }
            }
        } catch (IOException e) {
            throw Failures.of("container " + id + " cannot be signalled", e);
        }
    }

    private void signalAll(StoredState state, int signal) throws IOException {
        Cgroup cgroup = cgroup(states, state);
        if (signal == Signals.SIGKILL) {
            cgroup.kill();
        } else {
            cgroup.signal(signal);
        }
    }

    /**
     * Has a running container's program end: sends it a signal, and kills it if that has not helped after a while. Returns when it has
     * ended; one that has already is no error.
     *
     * @param signal what asks it; 0 for {@link #stopSignal}
     * @param millis how long it may take; negative for ever
     */
    public void stop(String id, int signal, long millis) throws ContainerException {
        try {
            collect();
            StoredState state;
            try (FileLock lock = lock(id)) {
                state = known(id, lock);
                Cgroup cgroup = cgroup(states, state);
                if (state.status().equals("running") && cgroup.exists() && cgroup.frozen()) {
                    cgroup.thaw();
                }
            }
            new Stopping(states, state).run(signal == 0 ? state.stopSignal() : signal, millis);
        } catch (IOException e) {
            throw Failures.of("container " + id + " cannot be stopped", e);
        }
    }

    /** The signal that asks a container's program to end. */
    public int stopSignal(String id) throws ContainerException {
        try {
            return known(id).stopSignal();
        } catch (IOException e) {
            throw Failures.of("container " + id + " cannot be read", e);
        }
    }

    /** Removes a stopped container; {@code force} kills it first and is content if there is none. */
    public void delete(String id, boolean force) throws ContainerException {
        try {
            collect();
            Poststop poststop;
            try (FileLock lock = states.lockContainer(ContainerIds.check(id))) {
                if (lock == null || !states.isContainer(id)) {
                    if (force) {
                        return;
                    }
                    throw unknown(id);
                }
                poststop = new Removal(states, id, lock).delete(force);
            }
            if (poststop != null) {
                poststop.run(ContainerIo.INHERIT::warning);
            }
        } catch (IOException e) {
            throw Failures.of("container " + id + " cannot be deleted", e);
        }
    }

    /** How a container stands. */
    public ContainerState state(String id) throws ContainerException {
        try {
            collect();
            return show(known(id));
        } catch (IOException e) {
            throw Failures.of("the state of container " + id + " cannot be read", e);
        }
    }

    /** What a container uses. */
    public CgroupStats stats(String id) throws ContainerException {
        try {
            collect();
            return cgroup(states, known(id)).stats();
        } catch (IOException e) {
            throw Failures.of("the usage of container " + id + " cannot be read", e);
        }
    }

    /** The files of a running container, as its first process sees them. The caller closes it. */
    public ContainerFiles files(String id) throws ContainerException {
        try {
            collect();
            return ContainerFiles.root(known(id));
        } catch (IOException e) {
            throw Failures.of("the files of container " + id + " cannot be reached", e);
        }
    }

    /** What a container wrote over the layers of its image: the upper layer of an overlay. The caller closes it. */
    public ContainerFiles written(String id) throws ContainerException {
        try {
            collect();
            return ContainerFiles.written(known(id), states.of(id));
        } catch (IOException e) {
            throw Failures.of("what container " + id + " wrote cannot be reached", e);
        }
    }

    /** All containers below this root, oldest first. */
    public List<ContainerState> list() throws ContainerException {
        try {
            collect();
            List<ContainerState> list = new ArrayList<>();
            for (String id : states.ids()) {
                ContainerState shown = showIfKnown(id);
                if (shown != null) {
                    list.add(shown);
                }
            }
            list.sort(Comparator.comparing(ContainerState::created));
            return list;
        } catch (IOException e) {
            throw Failures.of("the containers below " + options.root() + " cannot be listed", e);
        }
    }

    private @Nullable ContainerState showIfKnown(String id) throws IOException {
        try {
            StoredState state = states.read(id);
            return state == null || state.annotations().containsKey(SpareContainers.MARK) ? null : show(state);
        } catch (DamagedStateException e) {
            return ContainerStates.damaged(id);
        }
    }

    /** The processes of a container. */
    public List<ContainerProcessInfo> processes(String id) throws ContainerException {
        try {
            collect();
            List<ContainerProcessInfo> list = new ArrayList<>();
            for (int pid : cgroup(states, known(id)).processes()) {
                ContainerProcessInfo info = ProcessDetails.of(pid);
                if (info != null) {
                    list.add(info);
                }
            }
            return list;
        } catch (IOException e) {
            throw Failures.of("the processes of container " + id + " cannot be listed", e);
        }
    }

    /** Freezes a running container. */
    public void pause(String id) throws ContainerException {
        freeze(id, true);
    }

    /** Thaws a paused container. */
    public void resume(String id) throws ContainerException {
        freeze(id, false);
    }

    private void freeze(String id, boolean freeze) throws ContainerException {
        String done = freeze ? "paused" : "resumed";
        try {
            collect();
            try (FileLock lock = lock(id)) {
                StoredState state = known(id, lock);
                Cgroup cgroup = cgroup(states, state);
                boolean frozen = cgroup.exists() && cgroup.frozen();
                if (!state.status().equals("running") || frozen == freeze) {
                    throw wrongState(
                            frozen ? state.with("paused", state.pid(), state.pidStart()) : state,
                            done,
                            freeze ? "only one that is running can be" : "only one that is paused can be");
                }
                if (freeze) {
                    cgroup.freeze();
                } else {
                    cgroup.thaw();
                }
            }
        } catch (IOException e) {
            throw Failures.of("container " + id + " cannot be " + done, e);
        }
    }

    /** Runs a further process in a container; the exit status as of {@link #run}, or 0 when detached. */
    public int exec(String id, ExecRequest request, ContainerIo io) throws ContainerException {
        try {
            collect(io);
            try (FileLock lock = lock(id)) {
                StoredState state = known(id, lock);
                if (!state.status().equals("running")) {
                    throw wrongState(state, "entered", "only one that is running can be");
                }
                return new ExecSession(options, states, state, lock).run(request, io);
            }
        } catch (IOException e) {
            throw Failures.of("a process cannot be added to container " + id, e);
        }
    }

    /** The directory that a request's relative paths start at. */
    static Path bundle(RunRequest request) {
        Path bundle = request.bundle();
        return bundle == null ? Path.of("/") : bundle.toAbsolutePath().normalize();
    }

    static Spec specification(RunRequest request) throws ContainerException {
        Spec spec = request.spec();
        if (spec != null) {
            return spec;
        }
        try {
            return SpecReader.read(bundle(request).resolve("config.json"));
        } catch (SpecException e) {
            throw new ContainerException(Kind.BAD_SPEC, String.valueOf(e.getMessage()), e);
        }
    }

    /** Makes the container's directory, whose lock tells all others that its keeper lives. */
    private FileLock reserve(String id, ContainerIo io) throws ContainerException {
        ContainerIds.check(id);
        if (ProcessCalls.geteuid() != 0) {
            throw new ContainerException("containers can be made by root only: run caisson as root");
        }
        List<Poststop> due;
        FileLock alive;
        try (FileLock lock = LockWait.take(states, io.interruption())) {
            due = new Collector(states).collect(lock);
            alive = states.reserve(id);
        } catch (IOException e) {
            throw Failures.of("container " + id + " cannot be made below " + options.root(), e);
        }
        run(due);
        if (alive == null) {
            throw new ContainerException(
                    Kind.WRONG_STATE, "container " + id + " exists already: choose another id, or delete it first");
        }
        return alive;
    }

    /** Clears away what dead keepers left. */
    private void collect() throws IOException {
        collect(ContainerIo.INHERIT);
    }

    private void collect(ContainerIo io) throws IOException {
        if (!java.nio.file.Files.isDirectory(options.root())) {
            return;
        }
        List<Poststop> due;
        try (FileLock lock = LockWait.take(states, io.interruption())) {
            due = new Collector(states).collect(lock);
        }
        run(due);
    }

    private static void run(List<Poststop> due) {
        for (Poststop poststop : due) {
            poststop.run(ContainerIo.INHERIT::warning);
        }
    }

    private StoredState known(String id) throws IOException {
        ContainerIds.check(id);
        StoredState state = states.read(id);
        if (state == null) {
            throw unknown(id);
        }
        return state;
    }

    /** The same of a container whose lock is held, so that it stays as it is told. */
    private StoredState known(String id, FileLock lock) throws IOException {
        if (!lock.file().isOpen()) {
            throw new IllegalStateException("the lock of container " + id + " is not held");
        }
        return known(id);
    }

    private FileLock lock(String id) throws IOException {
        FileLock lock = states.lockContainer(ContainerIds.check(id));
        if (lock == null) {
            throw unknown(id);
        }
        return lock;
    }

    private static ContainerException unknown(String id) {
        return new ContainerException(
                Kind.NO_SUCH_CONTAINER, "container " + id + " does not exist: caisson ps --all shows those that do");
    }

    /** The control groups that are the container's own: what the state names may never have become so. */
    static Cgroup cgroup(StateDirectory states, StoredState state) throws IOException {
        return namedCgroup(state).ownedBy(states.mark(state), !state.status().equals("creating"));
    }

    /** The control groups that the state names, whosever they are. */
    static Cgroup namedCgroup(StoredState state) throws IOException {
        List<Path> directories = new ArrayList<>();
        for (String directory : state.cgroups()) {
            directories.add(Path.of(directory));
        }
        return Cgroup.of(CgroupHost.detect(), directories);
    }

    private ContainerState show(StoredState state) throws IOException {
        boolean running = state.status().equals("running");
        if ((running || state.status().equals("created")) && !hasProcess(state)) {
            return ContainerStates.show(state.stopped(state.exitStatus()), false);
        }
        return ContainerStates.show(state, running && cgroup(states, state).frozen());
    }

    /** Whether the first process lives, which another one with its number does not make true. */
    static boolean hasProcess(StoredState state) {
        return state.pidStart() != 0 && ProcessTimes.startOf(state.pid()) == state.pidStart();
    }

    /** Signals the first process, unless its number belongs to another process by now. */
    static boolean signalFirst(StateDirectory states, StoredState state, int signal) throws IOException {
        try (OwnedFd pidfd = ProcessCalls.pidfdOpen(state.pid())) {
            if (ProcessTimes.startOf(state.pid()) != state.pidStart()) {
                return false;
            }
            ProcessCalls.pidfdSendSignal(pidfd.number(), signal);
            if (signal == Signals.SIGKILL) {
                // Nothing frozen dies, and a first process waits for all others of its pid namespace.
                cgroup(states, state).thawAll();
            }
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ESRCH) {
                return false;
            }
            throw e;
        }
    }

    private static ContainerException wrongState(@Nullable StoredState state, String done, String why) {
        String which = state == null ? "the container" : "container " + state.id() + " is " + state.status() + " and";
        return new ContainerException(Kind.WRONG_STATE, which + " cannot be " + done + ": " + why);
    }
}
