package org.caisson.runtime;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Signals;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.stage.ContainerProcess;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;
import org.jspecify.annotations.Nullable;

/**
 * Keepers of detached containers that live in this process, each in a thread of its own, instead of in processes.
 *
 * <p>Lock: its own monitor, for the fields.
 */
public final class ResidentKeepers {
    private static final int STACK = 256 * 1024;

    private @Nullable SpareContainers spares;
    private final Set<Keeper> kept = new HashSet<>();
    private boolean ended;

    /** None kept yet. */
    public ResidentKeepers() {}

    /** How many containers there are. */
    public synchronized int count() {
        return kept.size();
    }

    /** Kills all; each keeper takes its container away then. Nothing is kept from now on. */
    public void endAll() {
        List<Keeper> all;
        SpareContainers unused;
        synchronized (this) {
            ended = true;
            all = new ArrayList<>(kept);
            unused = spares;
        }
        for (Keeper keeper : all) {
            try {
                keeper.made().signal(Signals.SIGKILL);
            } catch (IOException | IllegalStateException e) {
                // It has ended.
            }
        }
        if (unused != null) {
            unused.close();
        }
    }

    /** A container that was made ahead, and is now what is asked for; null if there is none. */
    @Nullable
    Keeper spare(RuntimeOptions options, RunRequest request, Spec spec, ContainerIo io) throws IOException {
        SpareContainers all;
        synchronized (this) {
            if (ended) {
                return null;
            }
            if (spares == null) {
                spares = new SpareContainers(options);
            }
            all = spares;
        }
        Keeper keeper = all.take(options, request, spec);
        if (keeper == null) {
            return null;
        }
        try {
            return keeper.adopt(request, spec, ContainerRuntime.bundle(request), io);
        } catch (IOException e) {
            keeper.close();
            throw e;
        }
    }

    /** Makes a container, and keeps it until it ends. Returns when it is made; the keeper has a copy of the lock. */
    void launch(RuntimeOptions options, StateDirectory states, RunRequest request, FileLock alive, ContainerIo caller)
            throws ContainerException {
        Spec spec = ContainerRuntime.specification(request);
        DetachedIo io = new DetachedIo(caller);
        try (OwnedFd nothing = FileCalls.open("/dev/null", OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC)) {
            // An engine gives the container its streams; a person who detaches wants the terminal back.
            io.streams(
                    request.spec() == null
                            ? caller.streams()
                            : new StandardStreams(nothing.number(), nothing.number(), nothing.number()));
            FileLock held = FileLock.held(alive.file().duplicate());
            Keeper keeper = new Keeper(options, states, request, spec, ContainerRuntime.bundle(request), io, held);
            boolean made = false;
            try {
                made(keeper, request);
                made = true;
            } finally {
                if (!made) {
                    keeper.close();
                }
            }
        } catch (IOException e) {
            throw Failures.of("container " + request.id() + " cannot be made", e);
        } finally {
            io.leave();
        }
    }

    private void made(Keeper keeper, RunRequest request) throws IOException {
        keeper.create(KeeperLauncher.FIRST_PRESERVED_FD);
        ControlServer control = keeper.publish();
        DetachedKeeper.terminal(keeper.takeTerminal(), request);
        ContainerProcess process = keeper.made();
        PidFile.write(request.pidFile(), process.pid());
        Thread thread = ResidentThread.of("keeper " + request.id(), STACK, () -> keep(keeper, control));
        synchronized (this) {
            if (ended) {
                throw new ContainerException("the daemon ends");
            }
            // The thread takes it away again, and has to wait for us until then.
            thread.start();
            kept.add(keeper);
        }
    }

    private void keep(Keeper keeper, ControlServer control) {
        try (keeper) {
            if (control.awaitStart(keeper.made().pidfd(), keeper)) {
                control.serveAside();
            }
            keeper.await();
        } catch (IOException e) {
            System.err.println("caisson: " + e.getMessage());
        } finally {
            synchronized (this) {
                kept.remove(keeper);
            }
        }
    }

    /** Speaks to who asked for a container until that is made; later there is only our own standard error. */
    private static final class DetachedIo implements ContainerIo {
        private volatile @Nullable ContainerIo caller;
        private StandardStreams streams = StandardStreams.INHERIT;

        DetachedIo(ContainerIo caller) {
            this.caller = caller;
        }

        void streams(StandardStreams theirs) {
            streams = theirs;
        }

        void leave() {
            caller = null;
        }

        @Override
        public StandardStreams streams() {
            return streams;
        }

        @Override
        public @Nullable List<OwnedFd> descriptors() {
            ContainerIo now = caller;
            return now == null ? null : now.descriptors();
        }

        @Override
        public int process() {
            ContainerIo now = caller;
            return now == null ? 0 : now.process();
        }

        @Override
        public void warning(String message) {
            ContainerIo now = caller;
            if (now == null) {
                ContainerIo.super.warning(message);
            } else {
                now.warning(message);
            }
        }
    }
}
