package org.caisson.runtime.stage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.caisson.emulation.agent.AgentConnection;
import org.caisson.linux.Capabilities;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.SocketCalls;
import org.caisson.linux.SpawnRequest;
import org.jspecify.annotations.Nullable;

/**
 * A first stage that has been spawned and is not a container yet: {@link #unshare}, then {@link #build}, which hands
 * everything over to a {@link ContainerProcess}. Closing one that was not built ends it. Not for several threads.
 */
public final class Stage implements AutoCloseable {
    private static final int CONTROL_FD = 3;
    private static final int FILES_FD = 4;
    private static final int MOUNTS_FD = 5;
    private static final Capabilities.Sets NO_CAPABILITIES = new Capabilities.Sets(0, 0, 0, 0, 0);

    private final int pid;
    private final ControlChannel control;
    private @Nullable AgentConnection agent;
    /** The first process, 0 before the fork. */
    private int first;

    private boolean handedOver;
    private @Nullable NamespaceOrders namespaces;

    private Stage(int pid, ControlChannel control, AgentConnection agent) {
        this.pid = pid;
        this.control = control;
        this.agent = agent;
    }

    /** Spawns the program {@code caisson-stage} with the container's standard streams. */
    public static Stage spawn(String binary, int standardInput, int standardOutput, int standardError)
            throws StageException {
        SocketCalls.SocketPair control = null;
        SocketCalls.SocketPair files = null;
        SocketCalls.SocketPair mounts = null;
        boolean spawned = false;
        try {
            control = SocketCalls.socketpair(SocketCalls.SOCK_SEQPACKET);
            files = SocketCalls.socketpair(SocketCalls.SOCK_SEQPACKET);
            mounts = SocketCalls.socketpair(SocketCalls.SOCK_SEQPACKET);
            int pid = ProcessCalls.spawn(SpawnRequest.of(binary)
                    .argument("caisson-stage")
                    .descriptor(standardInput, 0)
                    .descriptor(standardOutput, 1)
                    .descriptor(standardError, 2)
                    .descriptor(control.second(), CONTROL_FD)
                    .descriptor(files.second(), FILES_FD)
                    .descriptor(mounts.second(), MOUNTS_FD));
            spawned = true;
            return new Stage(
                    pid, new ControlChannel(control.first()), AgentConnection.over(files.first(), mounts.first()));
        } catch (ErrnoException e) {
            throw new StageException(Step.SPAWN, e.errno(), binary);
        } finally {
            closeEnds(control, spawned);
            closeEnds(files, spawned);
            closeEnds(mounts, spawned);
        }
    }

    /** Until the program has started, the waiting for this stage may be ended, with EINTR. */
    public Stage interruptible(@Nullable Interruption by) {
        control.interruptible(by);
        return this;
    }

    /** Has what a process has of its parent as if it were a child of another; 0 changes nothing. */
    public Stage inheriting(int process) throws StageException {
        if (process != 0) {
            try {
                ProcessTraits.copy(process, pid);
                if (first != 0) {
                    ProcessTraits.copy(process, first);
                }
            } catch (ErrnoException e) {
                close();
                throw new StageException(Step.SPAWN, e.errno(), "limits");
            }
        }
        return this;
    }

    /** The raw conversation, for those who say what is not expected. */
    ControlChannel control() {
        return control;
    }

    /** The stage's own process, the later agent; not the container's first. */
    public int pid() {
        return pid;
    }

    /** Makes and joins the namespaces that come first and writes the id maps. */
    public void unshare(NamespaceOrders orders) throws StageException {
        namespaces = orders;
        StageOrders early = orders.early();
        order(Step.NAMESPACES, early, early.encoded(NO_CAPABILITIES));
        control.expect(Step.NAMESPACES, ControlChannel.DONE, 0);
        writeMaps(orders);
    }

    /** The container's user namespace, after {@link #unshare}: for id-mapped mounts. */
    public OwnedFd userNamespace() throws ErrnoException {
        return FileCalls.open("/proc/" + pid + "/ns/user", OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
    }

    /**
     * Has the first process forked; its number, as this process sees it. {@link #build} does so if nobody did. After
     * {@link #unshare}.
     */
    public int fork() throws StageException {
        NamespaceOrders made = namespaces;
        if (made == null || first != 0) {
            throw new IllegalStateException("unshare comes first, fork once");
        }
        StageOrders late = made.late();
        order(Step.FORK, late, late.encoded(NO_CAPABILITIES));
        first = control.expect(Step.FORK, ControlChannel.FORKED, 0).value();
        return first;
    }

    /**
     * Has the orders carried out up to the point where only the start is missing. From here on the result owns the
     * stage, whether this succeeds or not.
     */
    public ContainerProcess build(StageOrders orders, CgroupHook cgroup) throws IOException {
        return build(orders, null, cgroup);
    }

    /** The same with other bytes for the orders, which the stage has to stand. */
    ContainerProcess build(StageOrders orders, byte @Nullable [] instead, CgroupHook cgroup) throws IOException {
        NamespaceOrders made = namespaces;
        AgentConnection connection = agent;
        if (made == null || connection == null || handedOver) {
            throw new IllegalStateException("unshare comes first, build once");
        }
        if (first == 0) {
            fork();
        }
        OwnedFd pidfd = ProcessCalls.pidfdOpen(first);
        try {
            cgroup.attach(first);
            setOomScore(first, orders.oomScore());
            Capabilities.Sets held = Capabilities.of(first);
            warnOfLacking(orders.lacking(held));
            order(
                    Step.PROCESS,
                    orders,
                    instead == null ? orders.encoded(made.creates(Namespace.CGROUP), held) : instead);
            ControlChannel.Reply ready = control.expect(Step.PROCESS, ControlChannel.READY, 0);
            ContainerProcess process =
                    new ContainerProcess(pid, first, pidfd, control, connection, orders.limits(), ready);
            handedOver = true;
            setSysctls(process, orders.sysctls());
            return process;
        } finally {
            if (!handedOver) {
                pidfd.close();
            }
        }
    }

    /** Ends a stage that did not become a container, and reaps it. */
    @Override
    public void close() {
        if (handedOver) {
            return;
        }
        handedOver = true;
        if (agent != null) {
            agent.close();
        }
        control.close();
        reap(pid);
    }

    /** The stage dies with its control socket, and its children with it; this makes sure and waits. */
    static void reap(int pid) {
        try {
            ProcessCalls.kill(pid, 9);
            ProcessCalls.waitForExit(pid);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ESRCH && e.errno() != Errno.ECHILD) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void writeMaps(NamespaceOrders orders) throws StageException {
        String proc = "/proc/" + pid + "/";
        if (orders.creates(Namespace.USER)) {
            if (!orders.allowsSetgroups()) {
                write(proc + "setgroups", "deny");
            }
            write(proc + "uid_map", lines(orders.uidMaps()));
            write(proc + "gid_map", lines(orders.gidMaps()));
        }
        if (!orders.timeOffsets().isEmpty()) {
            write(proc + "timens_offsets", orders.timeOffsets());
        }
    }

    /** From outside, for the stage's own files in procfs are closed to the container's root. */
    private void setOomScore(int process, @Nullable Integer score) throws StageException {
        if (score == null) {
            return;
        }
        String path = "/proc/" + process + "/oom_score_adj";
        try (OwnedFd file = FileCalls.open(path, OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC)) {
            FileCalls.writeFully(file.number(), Integer.toString(score).getBytes(StandardCharsets.US_ASCII));
        } catch (ErrnoException e) {
            StageException problem = new StageException(Step.OOM_SCORE, e.errno(), Integer.toString(score));
            if (e.errno() != Errno.EACCES && e.errno() != Errno.EPERM) {
                throw problem;
            }
            control.warn(problem);
        }
    }

    private static void setSysctls(ContainerProcess process, List<StageOrders.Sysctl> sysctls) throws StageException {
        for (StageOrders.Sysctl sysctl : sysctls) {
            try {
                process.agent().proc().write(sysctl.path(), sysctl.value().getBytes(StandardCharsets.UTF_8));
            } catch (ErrnoException e) {
                process.close();
                throw new StageException(Step.SYSCTL, e.errno(), sysctl.path());
            }
        }
    }

    private static String lines(List<IdMap> maps) {
        StringBuilder lines = new StringBuilder();
        for (IdMap map : maps) {
            lines.append(map.line());
        }
        return lines.toString();
    }

    private static void write(String path, String text) throws StageException {
        try (OwnedFd file = FileCalls.open(path, OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC)) {
            FileCalls.writeFully(file.number(), text.getBytes(StandardCharsets.US_ASCII));
        } catch (ErrnoException e) {
            throw new StageException(Step.ID_MAPS, e.errno(), path);
        }
    }

    private void order(Step step, StageOrders orders, byte[] encoded) throws StageException {
        try {
            control.order(encoded, orders.descriptors());
        } catch (ErrnoException e) {
            throw lost(step, e);
        }
    }

    private void warnOfLacking(long capabilities) {
        for (int cap = 0; cap < Capabilities.count(); cap++) {
            if ((capabilities >>> cap & 1) != 0) {
                control.warn(new StageException(Step.CAPABILITIES, Errno.EPERM, Capabilities.name(cap)));
            }
        }
    }

    /** A send that failed: what the stage said before it went is the better reason. */
    private StageException lost(Step step, ErrnoException e) {
        if (e.errno() == Errno.EPIPE || e.errno() == Errno.ECONNRESET) {
            try {
                control.expect(step, 0, 0);
            } catch (StageException better) {
                return better;
            }
        }
        return new StageException(step, e.errno(), "");
    }

    private static void closeEnds(SocketCalls.@Nullable SocketPair pair, boolean onlyTheirs) {
        if (pair != null) {
            pair.second().close();
            if (!onlyTheirs) {
                pair.first().close();
            }
        }
    }
}
