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
 * One of the agent's sockets: a request, then its reply ({@code agent.c}). The caller {@linkplain #acquire acquires} it before {@link
 * #begin} and releases it once it has taken what it wants of the reply.
 *
 * <p>{@link Thread#interrupt} ends both waits, for the socket and for a reply, with EINTR: who asked inside the container may be
 * killed, however long the agent's system call takes.
 */
final class AgentSocket implements AutoCloseable {
    static final int MOST_DATA = 64 * 1024;
    private static final int MOST_REQUEST = 80 * 1024;
    private static final int MAGIC = 0x53494143;
    private static final int REPLY_HEADER = 12;

    /** An interrupt does not wake a thread from a system call: it is looked for this often. */
    private static final long INTERRUPT_MILLIS = 50;

    private final ReentrantLock lock = new ReentrantLock();
    private final OwnedFd socket;
    // Guarded by lock, as is all below. Whatever leaves is copied. No memory before the first request: many containers
    // make none.
    private MemorySegment request = MemorySegment.NULL;
    private MemorySegment reply = MemorySegment.NULL;
    private int length;
    private int replyLength;
    private boolean broken;
    private boolean timed;
    /** Whether a reply is still to come that nobody waits for. */
    private boolean owed;

    AgentSocket(OwnedFd socket) {
        this.socket = socket;
    }

    /** Waits until nobody else uses the socket; EINTR if the thread is interrupted. */
    void acquire() throws ErrnoException {
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            throw ErrnoException.of(Errno.EINTR, "wait for the agent");
        }
    }

    void release() {
        lock.unlock();
    }

    AgentSocket begin() {
        if (request.byteSize() == 0) {
            Arena arena = Arena.ofAuto();
            request = arena.allocate(MOST_REQUEST, 8);
            reply = arena.allocate(REPLY_HEADER + MOST_DATA, 8);
        }
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

    /**
     * Sends the request and waits for the reply. EINTR if the thread is interrupted; the agent may serve the request all the same, and
     * its late reply is skipped. A broken conversation stays broken: replies must not be mistaken.
     */
    AgentSocket exchange(String what, int... descriptors) throws ErrnoException {
        if (broken || !socket.isOpen()) {
            throw ErrnoException.of(Errno.EIO, what);
        }
        if (!timed) {
            SocketCalls.setTimeouts(socket.number(), INTERRUPT_MILLIS, 0);
            timed = true;
        }
        if (owed) {
            receive(what);
            owed = false;
        }
        broken = true;
        SocketCalls.sendMessage(socket.number(), request.asSlice(0, length), descriptors);
        owed = true;
        broken = false;
        int error = receive(what);
        owed = false;
        if (error != 0) {
            throw ErrnoException.ofResult(-(long) error, what);
        }
        return this;
    }

    /** The error in the next reply. */
    private int receive(String what) throws ErrnoException {
        try (ReceivedMessage message = awaitMessage(what)) {
            if (message.length() < REPLY_HEADER || reply.get(ValueLayout.JAVA_INT, 0) != MAGIC) {
                broken = true;
                throw ErrnoException.of(Errno.EIO, what + ": the agent is gone");
            }
            replyLength = (int) message.length() - REPLY_HEADER;
            return reply.get(ValueLayout.JAVA_INT, 4);
        }
    }

    private ReceivedMessage awaitMessage(String what) throws ErrnoException {
        while (true) {
            try {
                return SocketCalls.receiveMessage(socket.number(), reply, 1);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.EAGAIN) {
                    broken = true;
                    throw e;
                }
                if (Thread.interrupted()) {
                    throw ErrnoException.of(Errno.EINTR, what);
                }
            }
        }
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
