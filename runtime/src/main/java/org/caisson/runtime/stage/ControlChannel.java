package org.caisson.runtime.stage;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MemFd;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ReceivedMessage;
import org.caisson.linux.Scratch;
import org.caisson.linux.SocketCalls;
import org.jspecify.annotations.Nullable;

/** The control socket: one small message a datagram, {@code struct message} there and {@code struct reply} back. */
final class ControlChannel implements AutoCloseable {
    static final int ORDERS = 1;
    static final int START = 2;

    static final int DONE = 1;
    static final int FORKED = 2;
    static final int READY = 3;
    static final int STARTED = 5;
    static final int EXITED = 7;
    private static final int FAILED = 6;

    private static final int MAGIC = 0x53494143;
    private static final int HEADER = 8;
    private static final int REPLY_HEADER = 20;
    private static final int REPLY_SIZE = REPLY_HEADER + 1024;
    private static final int MOST_DESCRIPTORS = 4;

    /** What the stage says. */
    record Reply(int type, int value, List<OwnedFd> descriptors) {}

    /** So much longer a reply is waited for when somebody gives up. */
    private static final long GRACE_MILLIS = 500;

    private final OwnedFd socket;
    // Of the thread that builds and starts.
    private @Nullable Interruption interruption;
    // Written by the thread that builds or starts, read by any.
    private final List<StageException> warnings = Collections.synchronizedList(new ArrayList<>());

    ControlChannel(OwnedFd socket) {
        this.socket = socket;
    }

    /** Whoever may end the waiting for a reply from now on, or nobody. */
    void interruptible(@Nullable Interruption by) {
        interruption = by;
    }

    void send(int type, int[] words, int... descriptors) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment message = scratch.allocate(HEADER + 4L * words.length);
            message.set(ValueLayout.JAVA_INT, 0, MAGIC);
            message.set(ValueLayout.JAVA_INT, 4, type);
            for (int i = 0; i < words.length; i++) {
                message.set(ValueLayout.JAVA_INT, HEADER + 4L * i, words[i]);
            }
            SocketCalls.sendMessage(socket.number(), message, descriptors);
        }
    }

    /** Has orders carried out; the stage finds their descriptors as it does itself. */
    void order(byte[] encoded, List<OwnedFd> descriptors) throws ErrnoException {
        try (OwnedFd file = MemFd.sealed("orders", encoded)) {
            int[] numbers = new int[1 + descriptors.size()];
            numbers[0] = file.number();
            for (int i = 1; i < numbers.length; i++) {
                numbers[i] = descriptors.get(i - 1).number();
            }
            send(ORDERS, new int[0], numbers);
        }
    }

    /** The next reply of these types; others are a broken protocol, a failure is thrown. */
    Reply expect(Step step, int type, int orElse) throws StageException {
        Reply reply = receive(step);
        if (reply.type == type || reply.type == orElse) {
            return reply;
        }
        for (OwnedFd descriptor : reply.descriptors) {
            descriptor.close();
        }
        throw new StageException(step, reply.type == EXITED ? Errno.ECHILD : Errno.EPROTO, "");
    }

    void warn(StageException problem) {
        warnings.add(problem);
    }

    List<StageException> warnings() {
        synchronized (warnings) {
            return List.copyOf(warnings);
        }
    }

    /** Another descriptor of this end. */
    OwnedFd duplicate() throws ErrnoException {
        return socket.duplicate();
    }

    @Override
    public void close() {
        socket.close();
    }

    private Reply receive(Step step) throws StageException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.allocate(REPLY_SIZE);
            ReceivedMessage message = receive(step, buffer);
            if (message.length() < REPLY_HEADER || buffer.get(ValueLayout.JAVA_INT, 0) != MAGIC) {
                message.close();
                throw new StageException(step, message.length() == 0 ? Errno.ECHILD : Errno.EPROTO, "");
            }
            int type = buffer.get(ValueLayout.JAVA_INT, 4);
            int value = buffer.get(ValueLayout.JAVA_INT, 12);
            if (type == FAILED) {
                Step where = Step.of(buffer.get(ValueLayout.JAVA_INT, 16));
                byte[] path = buffer.asSlice(REPLY_HEADER, message.length() - REPLY_HEADER)
                        .toArray(ValueLayout.JAVA_BYTE);
                String about = new String(path, StandardCharsets.UTF_8);
                throw new StageException(where, errno(buffer.get(ValueLayout.JAVA_INT, 8)), about);
            }
            return new Reply(type, value, message.descriptors());
        }
    }

    /** EINTR if the waiting was given up. */
    private void awaitReply() throws ErrnoException {
        Interruption by = interruption;
        if (by == null) {
            return;
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment polled = scratch.allocate(16);
            FileCalls.setPollEntry(polled, 0, socket.number(), FileCalls.POLLIN);
            FileCalls.setPollEntry(polled, 1, by.descriptor(), FileCalls.POLLIN);
            do {
                FileCalls.poll(polled, 2, -1);
                if (FileCalls.pollResult(polled, 1) != 0) {
                    // Who signals at the program's first word means the program: that it runs is about to be told.
                    if (FileCalls.poll(socket.number(), FileCalls.POLLIN, GRACE_MILLIS) != 0) {
                        return;
                    }
                    if (by.givenUp()) {
                        throw Errno.EINTR.exception();
                    }
                }
            } while (FileCalls.pollResult(polled, 0) == 0);
        }
    }

    private static Errno errno(int number) {
        try {
            return Errno.of(number);
        } catch (IllegalArgumentException e) {
            return Errno.EIO;
        }
    }

    private ReceivedMessage receive(Step step, MemorySegment buffer) throws StageException {
        try {
            awaitReply();
            return SocketCalls.receiveMessage(socket.number(), buffer, MOST_DESCRIPTORS);
        } catch (ErrnoException e) {
            throw new StageException(step, e.errno(), "");
        }
    }
}
