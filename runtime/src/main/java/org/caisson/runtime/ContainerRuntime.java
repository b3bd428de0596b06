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
                start(request.id());
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
        FileLock alive = reserve(request.id(), io);
        try (Keeper keeper = new Keeper(options, states, request, spec, bundle(request), io, alive)) {
            keeper.create(3);
            OwnedFd terminal = keeper.takeTerminal();
            if (terminal != null) {
                io.terminal(terminal);
            }
            ContainerProcess process = keeper.made();
            PidFile.write(request.pidFile(), process.pid());
            keeper.start(io);
            io.started(new Running(process));
            ControlServer control = keeper.publish();
            control.serveAside();
            return keeper.await();
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
            new KeeperLauncher(options, states).launch(request, alive, io);
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
        try {
            collect();
            StoredState state = known(id);
            if (!state.status().equals("created")) {
                throw wrongState(state, "started", "only one that was created can be");
            }
            try (ControlSocket control = ControlSocket.connect(states.of(id))) {
                control.request("start", ContainerIo.INHERIT);
            }
        } catch (IOException e) {
            throw Failures.of("container " + id + " cannot be started", e);
        }
    }

    /** Sends a signal to the first process, or to all processes, of a container. */
    public void kill(String id, int signal, boolean all) throws ContainerException {
        try {
            collect();
            StoredState state = known(id);
            if (all) {
                for (int pid : cgroup(state).processes()) {
                    send(pid, signal);
                }
                return;
            }
            if (state.pid() == 0 || !signalFirst(state, signal)) {
                throw wrongState(state, "signalled", "it has no process any more");
            }
        } catch (IOException e) {
            throw Failures.of("container " + id + " cannot be signalled", e);
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
            if (states.read(id) == null && force) {
                return;
            }
            new Removal(states).delete(known(id), force);
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
            return cgroup(known(id)).stats();
        } catch (IOException e) {
            throw Failures.of("the usage of container " + id + " cannot be read", e);
        }
    }

    /** All containers below this root, oldest first. */
    public List<ContainerState> list() throws ContainerException {
        try {
            collect();
            List<ContainerState> list = new ArrayList<>();
            for (String id : states.ids()) {
                StoredState state = states.read(id);
                if (state != null) {
                    list.add(show(state));
                }
            }
            list.sort(Comparator.comparing(ContainerState::created));
            return list;
        } catch (IOException e) {
            throw Failures.of("the containers below " + options.root() + " cannot be listed", e);
        }
    }

    /** The processes of a container. */
    public List<ContainerProcessInfo> processes(String id) throws ContainerException {
        try {
            collect();
            List<ContainerProcessInfo> list = new ArrayList<>();
            for (int pid : cgroup(known(id)).processes()) {
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
            try (FileLock lock = states.lockContainer(id)) {
                StoredState state = known(id);
                Cgroup cgroup = cgroup(state);
                boolean frozen = cgroup.exists() && cgroup.frozen();
                if (lock == null || !state.status().equals("running") || frozen == freeze) {
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
            StoredState state = known(id);
            if (!state.status().equals("running")) {
                throw wrongState(state, "entered", "only one that is running can be");
            }
            return new ExecSession(options, states, state).run(request, io);
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
        try (FileLock lock = LockWait.take(states, io.interruption())) {
            new Collector(states).collect(lock);
            FileLock alive = states.reserve(id);
            if (alive == null) {
                throw new ContainerException(
                        Kind.WRONG_STATE, "container " + id + " exists already: choose another id, or delete it first");
            }
            return alive;
        } catch (IOException e) {
            throw Failures.of("container " + id + " cannot be made below " + options.root(), e);
        }
    }

    /** Clears away what dead keepers left. */
    private void collect() throws IOException {
        collect(ContainerIo.INHERIT);
    }

    private void collect(ContainerIo io) throws IOException {
        if (!java.nio.file.Files.isDirectory(options.root())) {
            return;
        }
        try (FileLock lock = LockWait.take(states, io.interruption())) {
            new Collector(states).collect(lock);
        }
    }

    private StoredState known(String id) throws IOException {
        ContainerIds.check(id);
        StoredState state = states.read(id);
        if (state == null) {
            throw new ContainerException(
                    Kind.NO_SUCH_CONTAINER,
                    "container " + id + " does not exist: caisson ps --all shows those that do");
        }
        return state;
    }

    static Cgroup cgroup(StoredState state) throws IOException {
        List<Path> directories = new ArrayList<>();
        for (String directory : state.cgroups()) {
            directories.add(Path.of(directory));
        }
        return Cgroup.of(CgroupHost.detect(), directories);
    }

    private static ContainerState show(StoredState state) throws IOException {
        boolean running = state.status().equals("running");
        return ContainerStates.show(state, running && cgroup(state).frozen());
    }

    /** Signals the first process, unless its number belongs to another process by now. */
    static boolean signalFirst(StoredState state, int signal) throws IOException {
        try (OwnedFd pidfd = ProcessCalls.pidfdOpen(state.pid())) {
            if (ProcessTimes.startOf(state.pid()) != state.pidStart()) {
                return false;
            }
            ProcessCalls.pidfdSendSignal(pidfd.number(), signal);
            if (signal == Signals.SIGKILL) {
                Cgroup cgroup = cgroup(state);
                if (cgroup.exists() && cgroup.frozen()) {
                    cgroup.thaw();
                }
            }
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ESRCH) {
                return false;
            }
            throw e;
        }
    }

    private static void send(int pid, int signal) throws ErrnoException {
        try {
            ProcessCalls.kill(pid, signal);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ESRCH) {
                throw e;
            }
        }
    }

    private static ContainerException wrongState(@Nullable StoredState state, String done, String why) {
        String which = state == null ? "the container" : "container " + state.id() + " is " + state.status() + " and";
        return new ContainerException(Kind.WRONG_STATE, which + " cannot be " + done + ": " + why);
    }
}
