package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.runtime.cgroup.Cgroup;
import org.caisson.runtime.spec.CapabilitySets;
import org.caisson.runtime.spec.ProcessSpec;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.spec.SpecReader;
import org.caisson.runtime.stage.ContainerProcess;
import org.caisson.runtime.stage.Namespace;
import org.caisson.runtime.stage.NamespaceOrders;
import org.caisson.runtime.stage.ProcessOrders;
import org.caisson.runtime.stage.Stage;
import org.caisson.runtime.stage.StageException;
import org.caisson.runtime.stage.StageOrders;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;
import org.caisson.runtime.state.StoredState;

/**
 * A further process in a container: a second stage joins the namespaces and control groups of the first process; the
 * listener of its traps goes to the container's keeper.
 */
final class ExecSession {
    private final RuntimeOptions options;
    private final StateDirectory states;
    private final StoredState state;
    private final FileLock lock;

    /** {@code lock} is the container's, which is given back as soon as the process is where a pause or an end meets it. */
    ExecSession(RuntimeOptions options, StateDirectory states, StoredState state, FileLock lock) {
        this.options = options;
        this.states = states;
        this.state = state;
        this.lock = lock;
    }

    int run(ExecRequest request, ContainerIo io) throws IOException {
        Path directory = states.of(state.id());
        Spec spec = SpecReader.read(directory.resolve("config.json"));
        ProcessSpec program = program(spec, request);
        program = ProcessSetup.withUser(
                program, request.user(), new UserLookup(Path.of("/proc/" + state.pid() + "/root")));
        if (request.detach() && program.terminal() && request.consoleSocket() == null) {
            throw new ContainerException(
                    "nobody would have the terminal of a detached process: give a console socket, or leave --tty away");
        }
        Cgroup cgroup = ContainerRuntime.cgroup(states, state);
        try (OwnedFd first = ProcessCalls.pidfdOpen(state.pid())) {
            if (ProcessTimes.startOf(state.pid()) != state.pidStart()) {
                throw new ContainerException(
                        ContainerException.Kind.WRONG_STATE, "container " + state.id() + " has just ended");
            }
            if (cgroup.frozen(state.pid())) {
                throw new ContainerException(
                        ContainerException.Kind.WRONG_STATE,
                        "container " + state.id() + " is paused and cannot be entered: resume it first");
            }
            NamespaceOrders namespaces = new NamespaceOrders();
            namespaces.joinProcess(first, namespaces(state.namespaceFlags()));
            StandardStreams streams = io.streams();
            IdMaps ids = IdMaps.of(spec.linux().uidMappings(), spec.linux().gidMappings());
            try (StageProgram file = StageProgram.of(options.stage(), ids);
                    Stage stage = Stage.spawn(file.path(), streams.input(), streams.output(), streams.error())
                            .interruptible(io.interruption())
                            .inheriting(io.process())) {
                stage.unshare(namespaces);
                StageOrders orders = new StageOrders();
                if (program.oomScoreAdj() != null) {
                    orders.rawProc();
                }
                ProcessSetup.limits(program, orders);
                ProcessOrders last = ProcessSetup.orders(program, false, List.of());
                last.seccompNotify(SeccompPrograms.traps(spec));
                byte[] own = SeccompPrograms.of(spec.linux().seccomp());
                if (own != null) {
                    last.seccomp(own, SeccompPrograms.flags(spec.linux().seccomp()));
                }
                orders.process(last);
                try (ContainerProcess process = stage.build(orders, pid -> join(cgroup, pid))) {
                    return supervise(process, request, directory, io);
                }
            }
        }
    }

    private void join(Cgroup cgroup, int pid) throws IOException {
        cgroup.addBeside(pid, state.pid());
        lock.close();
    }

    private static int supervise(ContainerProcess process, ExecRequest request, Path directory, ContainerIo io)
            throws IOException {
        OwnedFd listener = process.seccompListener();
        if (listener != null) {
            try (ControlSocket control = ControlSocket.connect(directory)) {
                control.request("listener", io, listener.number());
            }
            listener.close();
        }
        OwnedFd terminal = process.terminal();
        if (terminal != null) {
            OwnedFd master = OwnedFd.own(terminal.release());
            if (request.detach() && request.consoleSocket() != null) {
                ConsoleSocket.send(request.consoleSocket(), master);
            } else {
                io.terminal(master);
            }
        }
        PidFile.write(request.pidFile(), process.pid());
        process.start();
        for (StageException warning : process.warnings()) {
            io.warning(Failures.warning(warning));
        }
        if (request.detach()) {
            leave(process, directory, io);
            return 0;
        }
        io.started(new RunningProcess() {
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
        });
        return process.awaitExit();
    }

    /** The container's keeper holds from now on what the process lives by, for as long as either lives. */
    private static void leave(ContainerProcess process, Path directory, ContainerIo io) throws IOException {
        try (OwnedFd hold = process.controlSocket();
                ControlSocket control = ControlSocket.connect(directory)) {
            control.request("hold", io, hold.number());
        }
        process.letGo();
        Reaper.reap(process.agentPid());
    }

    private static Set<Namespace> namespaces(int flags) {
        Set<Namespace> set = EnumSet.noneOf(Namespace.class);
        for (Namespace namespace : Namespace.values()) {
            if ((flags & namespace.cloneFlag()) != 0) {
                set.add(namespace);
            }
        }
        return set;
    }

    private static ProcessSpec program(Spec spec, ExecRequest request) throws ContainerException {
        ProcessSpec given = request.process();
        ProcessSpec base = given == null ? spec.process() : given;
        if (base == null) {
            throw new ContainerException("the container has no process whose settings could be taken");
        }
        List<String> env = new ArrayList<>(base.env());
        for (String assignment : request.env()) {
            SpecBuilder.putEnv(env, assignment);
        }
        if (request.terminal() && !SpecBuilder.hasEnv(env, "TERM")) {
            env.add("TERM=xterm");
        }
        CapabilitySets capabilities = base.capabilities();
        ProcessSpec first = spec.process();
        if (capabilities == null && first != null) {
            capabilities = first.capabilities();
        }
        if (capabilities != null && !request.capabilities().isEmpty()) {
            List<String> all = new ArrayList<>(capabilities.bounding());
            all.addAll(request.capabilities());
            capabilities = CapabilitySets.of(all);
        }
        return new ProcessSpec(
                given == null ? request.terminal() : request.terminal() || base.terminal(),
                given == null ? null : base.consoleSize(),
                base.user(),
                request.args().isEmpty() ? base.args() : request.args(),
                env,
                request.cwd() == null ? base.cwd() : request.cwd(),
                capabilities,
                base.rlimits(),
                base.noNewPrivileges(),
                base.apparmorProfile(),
                base.selinuxLabel(),
                base.oomScoreAdj(),
                base.scheduler(),
                base.ioPriority());
    }
}
