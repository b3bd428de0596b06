package org.caisson.emulation.agent;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ReceivedMessage;
import org.caisson.linux.SocketCalls;

/**
 * The agent's socket for mounts ({@code agent.c}). Each request takes a socket for its reply along, so that any number of
 * threads may ask at once, and who gives up (EINTR, by {@link Thread#interrupt}) makes the agent end its worker.
 */
final class MountSocket implements AutoCloseable {
    private static final int MAGIC = 0x53494143;
    private static final int REPLY_HEADER = 12;
    private static final int MOST_RESULTS = 2;
    private static final int MOST_REQUEST = 80 * 1024;

    /** An interrupt does not wake a thread from a system call: it is looked for this often. */
    private static final long INTERRUPT_MILLIS = 50;

    private final OwnedFd socket;
    /** Guarded by this, as is sending. */
    private boolean timed;

    private volatile boolean closed;

    MountSocket(OwnedFd socket) {
        this.socket = socket;
    }

    /** Has a worker carry out orders; answers what it gave. */
    List<OwnedFd> exchange(String what, byte[] orders, int... descriptors) throws ErrnoException {
        if (orders.length > MOST_REQUEST) {
            throw ErrnoException.of(Errno.EMSGSIZE, "agent request");
        }
        int[] all = new int[descriptors.length + 1];
        System.arraycopy(descriptors, 0, all, 1, descriptors.length);
        try (Arena arena = Arena.ofConfined();
                SocketCalls.SocketPair ends = SocketCalls.socketpair(SocketCalls.SOCK_SEQPACKET)) {
            all[0] = ends.second().number();
            MemorySegment request = arena.allocate(Integer.BYTES + orders.length);
            request.set(ValueLayout.JAVA_INT, 0, MAGIC);
            MemorySegment.copy(orders, 0, request, ValueLayout.JAVA_BYTE, Integer.BYTES, orders.length);
            send(what, request, all);
            ends.second().close();
            SocketCalls.setTimeouts(ends.first().number(), INTERRUPT_MILLIS, 0);
            return receive(what, ends.first(), arena.allocate(REPLY_HEADER, Integer.BYTES));
        }
    }

    /** The agent takes no more requests than it has workers for. */
    private void send(String what, MemorySegment request, int[] descriptors) throws ErrnoException {
        while (true) {
            synchronized (this) {
                if (closed) {
                    throw ErrnoException.of(Errno.EIO, what);
                }
                try {
                    if (!timed) {
                        SocketCalls.setTimeouts(socket.number(), 0, INTERRUPT_MILLIS);
                        timed = true;
                    }
                    SocketCalls.sendMessage(socket.number(), request, descriptors);
                    return;
                } catch (ErrnoException e) {
                    mayGoOn(what, e);
                }
            }
        }
    }

    private List<OwnedFd> receive(String what, OwnedFd end, MemorySegment reply) throws ErrnoException {
        while (true) {
            try (ReceivedMessage message = SocketCalls.receiveMessage(end.number(), reply, MOST_RESULTS)) {
                if (message.length() < REPLY_HEADER || reply.get(ValueLayout.JAVA_INT, 0) != MAGIC) {
                    throw ErrnoException.of(Errno.EIO, what + ": the agent is gone");
                }
                int error = reply.get(ValueLayout.JAVA_INT, 4);
                if (error != 0) {
                    throw ErrnoException.ofResult(-(long) error, what);
                }
                List<OwnedFd> results = new ArrayList<>();
                for (OwnedFd descriptor : message.descriptors()) {
                    results.add(OwnedFd.own(descriptor.release()));
                }
                return results;
            } catch (ErrnoException e) {
                mayGoOn(what, e);
            }
        }
    }

    /** After EAGAIN only, and while somebody wants it. */
    private void mayGoOn(String what, ErrnoException reason) throws ErrnoException {
        if (reason.errno() != Errno.EAGAIN) {
            throw reason;
        }
        if (closed) {
            throw ErrnoException.of(Errno.EIO, what);
        }
        if (Thread.interrupted()) {
            throw ErrnoException.of(Errno.EINTR, what);
        }
    }

    /** Requests under way fail with EIO. */
    @Override
    public void close() {
        closed = true;
        synchronized (this) {
            socket.close();
        }
    }
}
