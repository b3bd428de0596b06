package org.caisson.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ReceivedMessage;
import org.caisson.linux.SocketCalls;

/**
 * The signals that the client of a daemon hands on, a packet each. When the client is gone that is SIGKILL, once: a program in the
 * foreground does not outlive who has it there.
 */
final class ConnectionSignals extends SignalSource {
    private static final int PACKET = 8;
    private static final int VALUE = 4;
    private static final int LAST_SIGNAL = 64;

    private final OwnedFd connection;
    private final MemorySegment packet = Arena.ofAuto().allocate(PACKET, 4);
    private volatile boolean ended;

    /** The connection stays the caller's. */
    ConnectionSignals(OwnedFd connection) {
        this.connection = connection;
    }

    @Override
    int number() {
        return ended ? -1 : connection.number();
    }

    @Override
    int read() {
        if (ended) {
            return 0;
        }
        try (ReceivedMessage message =
                SocketCalls.receiveMessage(connection.number(), packet, 0, SocketCalls.MSG_DONTWAIT)) {
            if (message.length() == 0) {
                return end();
            }
            int signal = packet.get(ValueLayout.JAVA_INT, VALUE);
            return message.length() == PACKET && signal > 0 && signal <= LAST_SIGNAL ? signal : 0;
        } catch (ErrnoException e) {
            return e.errno() == Errno.EAGAIN || e.errno() == Errno.EMSGSIZE ? 0 : end();
        }
    }

    private int end() {
        ended = true;
        return SIGKILL;
    }

    @Override
    public void close() {
        ended = true;
    }
}
