package org.caisson.cli;

import java.nio.charset.StandardCharsets;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.SocketCalls;
import org.jspecify.annotations.Nullable;

/** Tells the service manager how this process stands, as {@code sd_notify(3)}; without one, nothing. */
final class ServiceNotice {
    private final @Nullable String socket;

    /** The path of the manager's socket. */
    ServiceNotice(@Nullable String socket) {
        this.socket = socket == null || !socket.startsWith("/") ? null : socket;
    }

    void send(String state) {
        if (socket == null) {
            return;
        }
        try (OwnedFd fd = SocketCalls.unixSocket(SocketCalls.SOCK_DGRAM);
                Scratch scratch = Scratch.open()) {
            SocketCalls.connect(fd.number(), socket);
            SocketCalls.sendMessage(fd.number(), scratch.bytes(state.getBytes(StandardCharsets.UTF_8)));
        } catch (ErrnoException e) {
            System.err.println("caisson: warning: the service manager cannot be told " + state + ": " + e.getMessage());
        }
    }
}
