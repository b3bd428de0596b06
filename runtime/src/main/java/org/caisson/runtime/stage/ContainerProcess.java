package org.caisson.runtime.stage;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.caisson.emulation.agent.AgentConnection;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.jspecify.annotations.Nullable;

/**
 * A container's first process, ready to start, running or ended, with the agent that stays beside it. For any
 * thread. Closing kills what still runs, waits for
 * its end and gives all descriptors back.
 */
public final class ContainerProcess implements AutoCloseable {
    private static final int HAS_LISTENER = 1;
    private static final int HAS_TERMINAL = 2;
    private static final int SIGKILL = 9;
    private static final int RUNNING = -1;
    /** How long a process may take to die: one that is stuck in the kernel must not stop its keeper. */
    private static final long DEATH_MILLIS = 5_000;

    private final int agentPid;
    private final int pid;
    private final OwnedFd pidfd;
    private final ControlChannel control;
    private final AgentConnection agent;
    private final List<StageOrders.Limit> limits;
    private final @Nullable OwnedFd listener;
    private final @Nullable OwnedFd terminal;
    /** Held while replies are read: whoever closes waits for the reader to see the end. */
    private final ReentrantLock reading = new ReentrantLock();

    private final AtomicBoolean closed = new AtomicBoolean();
    // The status as of wait(2), or RUNNING; guarded by reading.
    private int waitStatus = RUNNING;

    ContainerProcess(
            int agentPid,
            int pid,
            OwnedFd pidfd,
            ControlChannel control,
            AgentConnection agent,
            List<StageOrders.Limit> limits,
            ControlChannel.Reply ready) {
        this.agentPid = agentPid;
        this.pid = pid;
        this.pidfd = pidfd;
        this.control = control;
        this.agent = agent;
        this.limits = limits;
        int next = 0;
        listener = (ready.value() & HAS_LISTENER) != 0 ? ready.descriptors().get(next++) : null;
        terminal = (ready.value() & HAS_TERMINAL) != 0 ? ready.descriptors().get(next) : null;
    }

    /** The first process, as this process sees it: pid 1 inside, if a pid namespace was made. */
    public int pid() {
        return pid;
    }

    /** The stage's own process, which is the first one's parent. */
    public int agentPid() {
        return agentPid;
    }

    /** Refers to the first process for as long as this is open. */
    public OwnedFd pidfd() {
        return pidfd;
    }

    /** What the notify filter's calls arrive at; closed with this unless {@link OwnedFd#release released}. */
    public @Nullable OwnedFd seccompListener() {
        return listener;
    }

    /** The master side of the container's terminal; closed with this unless released. */
    public @Nullable OwnedFd terminal() {
        return terminal;
    }

    /** File operations and mounts inside the container's namespaces. */
    public AgentConnection agent() {
        return agent;
    }

    /** What could not be done and was left out: capabilities, limits, the OOM score. */
    public List<StageException> warnings() {
        return control.warnings();
    }

    /** Lets the program run. Returns when it has been executed; throws what kept it from that. */
    public void start() throws StageException {
        reading.lock();
        try {
            setLimits();
            control.send(ControlChannel.START, new int[0]);
            ControlChannel.Reply reply = control.expect(Step.START, ControlChannel.STARTED, ControlChannel.EXITED);
            if (reply.type() == ControlChannel.EXITED) {
                waitStatus = reply.value();
            }
            control.interruptible(null);
        } catch (ErrnoException e) {
            throw new StageException(Step.START, e.errno(), "");
        } finally {
            reading.unlock();
        }
    }

    /** Waits for the first process's end and tells its exit status as shells do: 128 and the signal if that ended it. */
    public int awaitExit() throws StageException {
        reading.lock();
        try {
            while (waitStatus == RUNNING) {
                ControlChannel.Reply reply =
                        control.expect(Step.PROCESS, ControlChannel.EXITED, ControlChannel.STARTED);
                if (reply.type() == ControlChannel.EXITED) {
                    waitStatus = reply.value();
                }
            }
            return shellStatus(waitStatus);
        } finally {
            reading.unlock();
        }
    }

    /**
     * Our end of the stage's control socket: the process lives while any descriptor of it is open, and it can be read when
     * the process has ended. The caller closes it.
     */
    public OwnedFd controlSocket() throws ErrnoException {
        return control.duplicate();
    }

    /** Lets the process live on without this; somebody else must hold its {@link #controlSocket}. */
    public void letGo() {
        if (closed.getAndSet(true)) {
            return;
        }
        closeDescriptors();
    }

    /** Sends a signal to the first process; one that has ended is not an error. */
    public void signal(int number) throws IOException {
        // A signal for the program may still come while its end is being cleaned up.
        synchronized (pidfd) {
            if (!pidfd.isOpen()) {
                return;
            }
            try {
                ProcessCalls.pidfdSendSignal(pidfd.number(), number);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ESRCH) {
                    throw e;
                }
            }
        }
    }

    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        try {
            signal(SIGKILL);
            if (FileCalls.poll(pidfd.number(), FileCalls.POLLIN, DEATH_MILLIS) > 0) {
                awaitExit();
            }
        } catch (IOException e) {
            // The stage is gone before it could say more; it is reaped below.
        }
        closeDescriptors();
        Stage.reap(agentPid);
    }

    private void closeDescriptors() {
        agent.close();
        control.close();
        synchronized (pidfd) {
            pidfd.close();
        }
        if (listener != null) {
            listener.close();
        }
        if (terminal != null) {
            terminal.close();
        }
    }

    /**
     * From outside, where there may be a right to raise them; last, for a low one must not trip the stage. Limits are
     * unsigned, and the highest is none.
     */
    private void setLimits() throws StageException {
        for (StageOrders.Limit limit : limits) {
            try {
                set(limit.resource(), limit.soft(), limit.hard());
            } catch (ErrnoException e) {
                StageException problem = new StageException(Step.RLIMIT, e.errno(), Integer.toString(limit.resource()));
                if (e.errno() != Errno.EPERM) {
                    throw problem;
                }
                control.warn(problem);
                setHighest(limit, problem);
            }
        }
    }

    private void setHighest(StageOrders.Limit limit, StageException problem) throws StageException {
        try {
            long highest = ProcessCalls.prlimit(pid, limit.resource()).hard();
            boolean above = Long.compareUnsigned(limit.soft(), highest) > 0;
            set(limit.resource(), above ? highest : limit.soft(), highest);
        } catch (ErrnoException e) {
            throw problem;
        }
    }

    private void set(int resource, long soft, long hard) throws ErrnoException {
        ProcessCalls.setPrlimit(pid, resource, new ProcessCalls.ResourceLimit(soft, hard));
    }

    private static int shellStatus(int status) {
        int signal = status & 0x7f;
        return signal == 0 ? status >> 8 & 0xff : 128 + signal;
    }
}
