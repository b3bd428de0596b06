package org.caisson.runtime;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ReceivedMessage;
import org.caisson.linux.Scratch;
import org.caisson.linux.SocketCalls;
import org.jspecify.annotations.Nullable;

/**
 * The protocol between commands and keepers: each message is one packet of a {@code SOCK_SEQPACKET} socket, a verb and
 * maybe a text after a space, with at most one descriptor. Requests are {@code start}, {@code listener}, {@code hold} and
 * {@code written}, which is answered with a descriptor; answers are {@code started}, {@code ok}, {@code warning TEXT} and {@code error KIND TEXT}.
 */
final class ControlSocket implements AutoCloseable {
    static final String NAME = "control.sock";
    private static final int LONGEST = 8192;
    private static final long PATIENCE_MILLIS = 30_000;

    private final OwnedFd socket;

    ControlSocket(OwnedFd socket) {
        this.socket = socket;
    }

    /** What came in; the descriptor is the receiver's. */
    record Message(String verb, String text, @Nullable OwnedFd descriptor) {}

    /** A path of any length by way of its directory: a socket's name has room for 107 bytes only. */
    static String shortPath(OwnedFd directory) {
        return "/proc/self/fd/" + directory.number() + "/" + NAME;
    }

    static OwnedFd open(Path directory) throws ErrnoException {
        return FileCalls.open(directory.toString(), OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
    }

    /** Connects to the keeper of a container. */
    static ControlSocket connect(Path directory) throws ErrnoException {
        OwnedFd socket = SocketCalls.unixSocket(SocketCalls.SOCK_SEQPACKET);
        try (OwnedFd place = open(directory)) {
            SocketCalls.connect(socket.number(), shortPath(place));
            SocketCalls.setTimeouts(socket.number(), PATIENCE_MILLIS, PATIENCE_MILLIS);
            return new ControlSocket(socket);
        } catch (ErrnoException e) {
            socket.close();
            throw e;
        }
    }

    void send(String message, int... descriptors) throws ErrnoException {
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        try (Scratch scratch = Scratch.open()) {
            byte[] cut = bytes.length <= LONGEST ? bytes : java.util.Arrays.copyOf(bytes, LONGEST);
            SocketCalls.sendMessage(socket.number(), scratch.bytes(cut), descriptors);
        }
    }

    /** The next message, or null at the end. */
    @Nullable
    Message receive() throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.allocate(LONGEST);
            ReceivedMessage received = SocketCalls.receiveMessage(socket.number(), buffer, 1);
            List<OwnedFd> descriptors = received.descriptors();
            if (received.length() == 0) {
                received.close();
                return null;
            }
            String text = new String(
                    buffer.asSlice(0, received.length()).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
            int space = text.indexOf(' ');
            return new Message(
                    space < 0 ? text : text.substring(0, space),
                    space < 0 ? "" : text.substring(space + 1),
                    descriptors.isEmpty() ? null : descriptors.get(0));
        }
    }

    /** Sends a request and waits for its answer; a failure at the other end is thrown here. */
    void request(String message, ContainerIo io, int... descriptors) throws IOException {
        send(message, descriptors);
        await("ok", io);
    }

    /** Sends a request that is answered with a descriptor, which is the caller's. */
    OwnedFd requestDescriptor(String message, ContainerIo io) throws IOException {
        send(message);
        OwnedFd descriptor = answer("ok", io).descriptor();
        if (descriptor == null) {
            throw new ContainerException("the container's keeper answered without what was asked for");
        }
        return descriptor;
    }

    /** Waits for {@code ok}, or for {@code started} before it. */
    void await(String verb, ContainerIo io) throws IOException {
        OwnedFd descriptor = answer(verb, io).descriptor();
        if (descriptor != null) {
            descriptor.close();
        }
    }

    private Message answer(String verb, ContainerIo io) throws IOException {
        while (true) {
            Message answer = receive();
            if (answer == null) {
                throw new ContainerException("the container's keeper ended before it answered");
            }
            if (answer.verb().equals(verb)) {
                return answer;
            }
            switch (answer.verb()) {
                case "warning" -> io.warning(answer.text());
                case "error" -> throw error(answer.text());
                default -> throw new ContainerException("the container's keeper answered " + answer.verb());
            }
        }
    }

    void sendError(ContainerException e) throws ErrnoException {
        send(error(e));
    }

    /** The answer that a failure is. */
    static String error(ContainerException e) {
        return "error " + e.kind() + " " + e.getMessage();
    }

    private static ContainerException error(String text) {
        int space = text.indexOf(' ');
        for (ContainerException.Kind kind : ContainerException.Kind.values()) {
            if (space > 0 && kind.name().equals(text.substring(0, space))) {
                return new ContainerException(kind, text.substring(space + 1));
            }
        }
        return new ContainerException(text);
    }

    OwnedFd socket() {
        return socket;
    }

    @Override
    public void close() {
        socket.close();
    }
}
