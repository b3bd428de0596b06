package org.caisson.runtime;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.SocketCalls;

/** Sends a terminal to whoever listens at a socket, as runc does. */
final class ConsoleSocket {
    private ConsoleSocket() {}

    /** Closes {@code master}, whatever comes of it. */
    static void send(Path path, OwnedFd master) throws ContainerException {
        try (master;
                OwnedFd socket = SocketCalls.unixSocket(SocketCalls.SOCK_STREAM)) {
            SocketCalls.connect(socket.number(), path.toString());
            try (Arena arena = Arena.ofConfined()) {
                SocketCalls.sendMessage(socket.number(), arena.allocateFrom("/dev/ptmx"), master.number());
            }
        } catch (ErrnoException e) {
            throw new ContainerException(
                    "the terminal cannot be sent to " + path + ": " + e.errno().text()
                            + "; something must listen at the console socket",
                    e);
        }
    }
}
