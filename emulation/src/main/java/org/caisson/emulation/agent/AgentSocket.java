package org.caisson.emulation.agent;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.ReentrantLock;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ReceivedMessage;
import org.caisson.linux.SocketCalls;

/**
 * One of the agent's sockets: a request, then its reply ({@code agent.c}). The caller holds {@link #lock} from {@link
 * #begin} until it has taken what it wants of the reply.
 */
final class AgentSocket implements AutoCloseable {
    static final int MOST_DATA = 64 * 1024;
    private static final int MOST_REQUEST = 80 * 1024;
    private static final int MAGIC = 0x53494143;
    private static final int REPLY_HEADER = 12;

    final ReentrantLock lock = new ReentrantLock();
    private final OwnedFd socket;
    // Guarded by lock, as is all below. Whatever leaves is copied.
    private final MemorySegment request = Arena.ofAuto().allocate(MOST_REQUEST, 8);
    private final MemorySegment reply = Arena.ofAuto().allocate(REPLY_HEADER + MOST_DATA, 8);
    private int length;
    private int replyLength;
    private boolean broken;

    AgentSocket(OwnedFd socket) {
        this.socket = socket;
    }

    AgentSocket begin() {
        length = 0;
        return u32(MAGIC);
    }

    AgentSocket u32(int value) {
        request.set(ValueLayout.JAVA_INT_UNALIGNED, length, value);
        length += 4;
        return this;
    }

    AgentSocket u64(long value) {
        request.set(ValueLayout.JAVA_LONG_UNALIGNED, length, value);
        length += 8;
        return this;
    }

    /** Bytes with their length before and a NUL after them. */
    AgentSocket blob(byte[] bytes) throws ErrnoException {
        checkSize(bytes);
        u32(bytes.length).raw(bytes);
        request.set(ValueLayout.JAVA_BYTE, length++, (byte) 0);
        return this;
    }

    AgentSocket raw(byte[] bytes) throws ErrnoException {
        checkSize(bytes);
        MemorySegment.copy(bytes, 0, request, ValueLayout.JAVA_BYTE, length, bytes.length);
        length += bytes.length;
        return this;
    }

    private void checkSize(byte[] bytes) throws ErrnoException {
        if (bytes.length > MOST_REQUEST - 64 - length) {
            throw ErrnoException.of(Errno.EMSGSIZE, "agent request");
        }
    }

    /** Sends the request and waits for the reply. A broken conversation stays broken: replies must not be mistaken. */
    AgentSocket exchange(String what, int... descriptors) throws ErrnoException {
        if (broken || !socket.isOpen()) {
            throw ErrnoException.of(Errno.EIO, what);
        }
        broken = true;
        SocketCalls.sendMessage(socket.number(), request.asSlice(0, length), descriptors);
        int error;
        try (ReceivedMessage message = SocketCalls.receiveMessage(socket.number(), reply, 1)) {
            if (message.length() < REPLY_HEADER || reply.get(ValueLayout.JAVA_INT, 0) != MAGIC) {
                throw ErrnoException.of(Errno.EIO, what + ": the agent is gone");
            }
            error = reply.get(ValueLayout.JAVA_INT, 4);
            replyLength = (int) message.length() - REPLY_HEADER;
        }
        broken = false;
        if (error != 0) {
            throw ErrnoException.ofResult(-(long) error, what);
        }
        return this;
    }

    int replyLength() {
        return replyLength;
    }

    byte[] replyBytes() {
        return reply.asSlice(REPLY_HEADER, replyLength).toArray(ValueLayout.JAVA_BYTE);
    }

    long replyLong(int index) {
        return reply.get(ValueLayout.JAVA_LONG_UNALIGNED, REPLY_HEADER + 8L * index);
    }

    /** Wakes whoever waits for a reply, then closes. */
    @Override
    public void close() {
        if (socket.isOpen()) {
            try {
                SocketCalls.shutdown(socket.number(), SocketCalls.SHUT_RDWR);
            } catch (ErrnoException e) {
                // It was not connected any more.
            }
        }
        lock.lock();
        try {
            socket.close();
        } finally {
            lock.unlock();
        }
    }
}
