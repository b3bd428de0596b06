package org.caisson.runtime;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.emulation.ContainerEmulation;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.Scratch;
import org.caisson.linux.SocketCalls;
import org.jspecify.annotations.Nullable;

/** The keeper's end of the control socket. One thread serves one connection after the other; only root may connect. */
final class ControlServer implements AutoCloseable {
    private static final int BACKLOG = 16;
    private static final long PATIENCE_MILLIS = 10_000;

    private final OwnedFd socket;
    private final ContainerEmulation emulation;
    private final OwnedFd stop;
    /** The mount of {@link WritableLayer}, which is the keeper's; null if the container has none. */
    private final @Nullable OwnedFd written;
    /** What keeps processes alive that were added to the container, each until it can be read. The serving thread's. */
    private final List<OwnedFd> held = new ArrayList<>();

    /** Written once by {@link #serveAside}, under this. */
    private @Nullable Thread thread;

    private ControlServer(OwnedFd socket, OwnedFd stop, ContainerEmulation emulation, @Nullable OwnedFd written) {
        this.socket = socket;
        this.stop = stop;
        this.emulation = emulation;
        this.written = written;
    }

    static ControlServer listen(Path directory, ContainerEmulation emulation, @Nullable OwnedFd written)
            throws ErrnoException {
        OwnedFd socket = SocketCalls.unixSocket(SocketCalls.SOCK_SEQPACKET);
        try (OwnedFd place = ControlSocket.open(directory)) {
            SocketCalls.bind(socket.number(), ControlSocket.shortPath(place));
            SocketCalls.listen(socket.number(), BACKLOG);
            return new ControlServer(socket, FileCalls.eventfd(0, 0x80000), emulation, written);
        } catch (ErrnoException e) {
            socket.close();
            throw e;
        }
    }

    /** What the keeper does when it is told to start. */
    interface Starter {
        /** Lets the program run; {@code listener} hears of limits that were out of reach. */
        void start(ContainerIo listener) throws ContainerException;

        /** What comes after that, and may take its time. */
        void poststart() throws ContainerException;
    }

    /**
     * Serves until the container was started or its first process ended; true if it was started. The start is done by the
     * calling thread.
     */
    boolean awaitStart(OwnedFd pidfd, Starter starter) throws ErrnoException {
        while (true) {
            if (!ready(pidfd)) {
                return false;
            }
            if (serveOne(starter)) {
                return true;
            }
        }
    }

    /** A connection that fails is the other end's loss alone; the next may not. True if the container was started. */
    private boolean serveOne(@Nullable Starter starter) {
        try (OwnedFd connection = SocketCalls.accept(socket.number())) {
            return serve(connection, starter);
        } catch (ErrnoException e) {
            return false;
        }
    }

    /** Serves in a thread of its own from now on. */
    void serveAside() {
        Thread started = Thread.ofPlatform().daemon().name("caisson-control").unstarted(this::loop);
        synchronized (this) {
            thread = started;
        }
        started.start();
    }

    private void loop() {
        try {
            while (ready(stop)) {
                serveOne(null);
            }
        } catch (ErrnoException e) {
            // The socket is of no use any more.
        }
    }

    /** Waits for a connection; false if {@code other} became readable first. */
    private boolean ready(OwnedFd other) throws ErrnoException {
        while (true) {
            try (Scratch scratch = Scratch.open()) {
                int count = 2 + held.size();
                MemorySegment entries = scratch.allocate(8L * count);
                FileCalls.setPollEntry(entries, 0, other.number(), FileCalls.POLLIN);
                FileCalls.setPollEntry(entries, 1, socket.number(), FileCalls.POLLIN);
                for (int i = 2; i < count; i++) {
                    FileCalls.setPollEntry(entries, i, held.get(i - 2).number(), FileCalls.POLLIN);
                }
                FileCalls.poll(entries, count, -1);
                for (int i = count - 1; i >= 2; i--) {
                    if (FileCalls.pollResult(entries, i) != 0) {
                        held.remove(i - 2).close();
                    }
                }
                if (FileCalls.pollResult(entries, 0) != 0) {
                    return false;
                }
                if (FileCalls.pollResult(entries, 1) != 0) {
                    return true;
                }
            }
        }
    }

    private boolean serve(OwnedFd connection, @Nullable Starter starter) throws ErrnoException {
        if (SocketCalls.peerCredentials(connection.number()).uid() != ProcessCalls.geteuid()) {
            return false;
        }
        SocketCalls.setTimeouts(connection.number(), PATIENCE_MILLIS, PATIENCE_MILLIS);
        ControlSocket peer = new ControlSocket(connection);
        ControlSocket.Message message = peer.receive();
        if (message == null) {
            return false;
        }
        OwnedFd descriptor = message.descriptor();
        try {
            if (message.verb().equals("start")) {
                return start(peer, starter);
            }
            if (message.verb().equals("listener") && descriptor != null) {
                emulation.serve(descriptor);
                descriptor = null;
                peer.send("ok");
                return false;
            }
            if (message.verb().equals("hold") && descriptor != null) {
                held.add(descriptor);
                descriptor = null;
                peer.send("ok");
                return false;
            }
            if (message.verb().equals("written")) {
                giveWritten(peer);
                return false;
            }
            peer.sendError(new ContainerException("the keeper does not know \"" + message.verb() + "\""));
            return false;
        } finally {
            if (descriptor != null) {
                descriptor.close();
            }
        }
    }

    private void giveWritten(ControlSocket peer) throws ErrnoException {
        OwnedFd layer = written;
        if (layer == null) {
            peer.sendError(new ContainerException(
                    ContainerException.Kind.WRONG_STATE,
                    "it does not run from an image: what it writes cannot be told from what was there"));
        } else {
            peer.send("ok", layer.number());
        }
    }

    private static boolean start(ControlSocket peer, @Nullable Starter starter) throws ErrnoException {
        if (starter == null) {
            peer.sendError(new ContainerException(
                    ContainerException.Kind.WRONG_STATE, "the container has been started already"));
            return false;
        }
        try {
            starter.start(warningsTo(peer));
            tell(peer, "started");
            starter.poststart();
            tell(peer, "ok");
        } catch (ContainerException e) {
            tell(peer, ControlSocket.error(e));
        }
        return true;
    }

    /** Whoever asked may be gone; what was done stays done. */
    private static void tell(ControlSocket peer, String answer) {
        try {
            peer.send(answer);
        } catch (ErrnoException e) {
            // EPIPE
        }
    }

    /** Who listens at the other end hears the warnings; maybe nobody does any more. */
    static ContainerIo warningsTo(ControlSocket peer) {
        return new ContainerIo() {
            @Override
            public void warning(String message) {
                if (!peer.socket().isOpen()) {
                    // What was asked for is done long since.
                    return;
                }
                try {
                    peer.send("warning " + message);
                } catch (ErrnoException e) {
                    // As said above.
                }
            }
        };
    }

    @Override
    public void close() {
        Thread serving;
        synchronized (this) {
            serving = thread;
        }
        if (serving != null) {
            try {
                FileCalls.writeFully(stop.number(), new byte[] {1, 0, 0, 0, 0, 0, 0, 0});
                serving.join();
            } catch (ErrnoException e) {
                throw new IllegalStateException("an eventfd takes every count", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        for (OwnedFd descriptor : held) {
            descriptor.close();
        }
        socket.close();
        stop.close();
    }
}
