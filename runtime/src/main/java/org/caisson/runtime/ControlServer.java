package org.caisson.runtime;

import java.nio.file.Path;
import org.caisson.emulation.ContainerEmulation;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.SocketCalls;
import org.jspecify.annotations.Nullable;

/** The keeper's end of the control socket. One thread serves one connection after the other; only root may connect. */
final class ControlServer implements AutoCloseable {
    private static final int BACKLOG = 16;
    private static final long PATIENCE_MILLIS = 10_000;

    private final OwnedFd socket;
    private final ContainerEmulation emulation;
    private final OwnedFd stop;
    /** Written once by {@link #serveAside}, under this. */
    private @Nullable Thread thread;

    private ControlServer(OwnedFd socket, OwnedFd stop, ContainerEmulation emulation) {
        this.socket = socket;
        this.stop = stop;
        this.emulation = emulation;
    }

    static ControlServer listen(Path directory, ContainerEmulation emulation) throws ErrnoException {
        OwnedFd socket = SocketCalls.unixSocket(SocketCalls.SOCK_SEQPACKET);
        try (OwnedFd place = ControlSocket.open(directory)) {
            SocketCalls.bind(socket.number(), ControlSocket.shortPath(place));
            SocketCalls.listen(socket.number(), BACKLOG);
            return new ControlServer(socket, FileCalls.eventfd(0, 0x80000), emulation);
        } catch (ErrnoException e) {
            socket.close();
            throw e;
        }
    }

    /** What the keeper does when it is told to start. */
    interface Starter {
        void start(ContainerIo listener) throws ContainerException;
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
            try (OwnedFd connection = SocketCalls.accept(socket.number())) {
                if (serve(connection, starter)) {
                    return true;
                }
            }
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
        while (true) {
            try {
                if (!ready(stop)) {
                    return;
                }
                try (OwnedFd connection = SocketCalls.accept(socket.number())) {
                    serve(connection, null);
                }
            } catch (ErrnoException e) {
                // One connection failed; the next may not. A socket that is gone shows in ready().
                if (!socket.isOpen()) {
                    return;
                }
            }
        }
    }

    /** Waits for a connection; false if {@code other} became readable first. */
    private boolean ready(OwnedFd other) throws ErrnoException {
        try (org.caisson.linux.Scratch scratch = org.caisson.linux.Scratch.open()) {
            var entries = scratch.allocate(16);
            FileCalls.setPollEntry(entries, 0, other.number(), 1);
            FileCalls.setPollEntry(entries, 1, socket.number(), 1);
            FileCalls.poll(entries, 2, -1);
            return FileCalls.pollResult(entries, 0) == 0;
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
            peer.sendError(new ContainerException("the keeper does not know \"" + message.verb() + "\""));
            return false;
        } finally {
            if (descriptor != null) {
                descriptor.close();
            }
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
            peer.send("ok");
        } catch (ContainerException e) {
            peer.sendError(e);
        }
        return true;
    }

    /** Who listens at the other end hears the warnings; maybe nobody does any more. */
    static ContainerIo warningsTo(ControlSocket peer) {
        return new ContainerIo() {
            @Override
            public void warning(String message) {
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
        socket.close();
        stop.close();
    }
}
