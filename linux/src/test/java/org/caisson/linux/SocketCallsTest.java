package org.caisson.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(FdLeakCheck.class)
class SocketCallsTest {
    @TempDir
    Path directory;

    @Test
    void descriptorsTravelWithTheirBytes() throws ErrnoException {
        try (SocketCalls.SocketPair pair = SocketCalls.socketpair(SocketCalls.SOCK_SEQPACKET);
                OwnedFd one = MemFd.sealed("one", "first".getBytes(UTF_8));
                OwnedFd two = MemFd.sealed("two", "second".getBytes(UTF_8));
                Scratch scratch = Scratch.open()) {
            MemorySegment text = scratch.bytes("hello".getBytes(UTF_8));
            assertThat(SocketCalls.sendMessage(pair.first().number(), text, one.number(), two.number()))
                    .isEqualTo(5);
            MemorySegment buffer = scratch.allocate(64);
            try (ReceivedMessage message =
                    SocketCalls.receiveMessage(pair.second().number(), buffer, 8)) {
                assertThat(message.length()).isEqualTo(5);
                assertThat(buffer.asSlice(0, 5).toArray(ValueLayout.JAVA_BYTE)).isEqualTo("hello".getBytes(UTF_8));
                assertThat(message.descriptors())
                        .hasSize(2)
                        .allSatisfy(fd -> assertThat(FileCalls.fcntl(fd.number(), FileCalls.F_GETFD, 0))
                                .isEqualTo(FileCalls.FD_CLOEXEC));
                assertThat(content(message.descriptors().get(0))).isEqualTo("first");
                assertThat(content(message.descriptors().get(1))).isEqualTo("second");
            }
        }
    }

    @Test
    void asManyDescriptorsAsTheKernelAllowsTravelAtOnce() throws ErrnoException {
        try (SocketCalls.SocketPair pair = SocketCalls.socketpair(SocketCalls.SOCK_STREAM);
                Scratch scratch = Scratch.open()) {
            int[] many = new int[SocketCalls.MAX_DESCRIPTORS];
            Arrays.fill(many, pair.first().number());
            MemorySegment buffer = scratch.allocate(1);
            SocketCalls.sendMessage(pair.first().number(), buffer, many);
            try (ReceivedMessage message =
                    SocketCalls.receiveMessage(pair.second().number(), buffer, many.length)) {
                assertThat(message.descriptors()).hasSize(many.length);
            }
        }
    }

    @Test
    void moreDescriptorsThanWantedAreClosedAndTold() throws Exception {
        try (SocketCalls.SocketPair pair = SocketCalls.socketpair(SocketCalls.SOCK_STREAM);
                Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.allocate(1);
            int fd = pair.first().number();
            SocketCalls.sendMessage(fd, buffer, fd, fd, fd);
            Map<Integer, String> before = openSockets();
            fails(Errno.EMSGSIZE, () -> SocketCalls.receiveMessage(pair.second().number(), buffer, 1));
            assertThat(openSockets()).isEqualTo(before);
        }
    }

    /** Others of this JVM come and go: only these can be copies of the socket that was sent. */
    private static Map<Integer, String> openSockets() throws Exception {
        Map<Integer, String> sockets = FdLeakCheck.openDescriptors();
        sockets.values().removeIf(target -> !target.startsWith("socket:"));
        return sockets;
    }

    @Test
    void aPacketThatDoesNotFitIsTold() throws Exception {
        try (SocketCalls.SocketPair pair = SocketCalls.socketpair(SocketCalls.SOCK_SEQPACKET);
                Scratch scratch = Scratch.open()) {
            int fd = pair.first().number();
            SocketCalls.sendMessage(fd, scratch.allocate(9), fd);
            Map<Integer, String> before = openSockets();
            MemorySegment small = scratch.allocate(8);
            fails(Errno.EMSGSIZE, () -> SocketCalls.receiveMessage(pair.second().number(), small, 1));
            assertThat(openSockets()).isEqualTo(before);
            SocketCalls.sendMessage(fd, small);
            try (ReceivedMessage message =
                    SocketCalls.receiveMessage(pair.second().number(), small, 1)) {
                assertThat(message.length()).isEqualTo(8);
            }
        }
    }

    @Test
    void aGonePeerIsAnEmptyMessageToReadersAndAnErrnoToWriters() throws ErrnoException {
        try (SocketCalls.SocketPair pair = SocketCalls.socketpair(SocketCalls.SOCK_STREAM);
                Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.allocate(8);
            pair.first().close();
            try (ReceivedMessage message =
                    SocketCalls.receiveMessage(pair.second().number(), buffer, 1)) {
                assertThat(message).isEqualTo(new ReceivedMessage(0, List.of()));
            }
            fails(Errno.EPIPE, () -> SocketCalls.sendMessage(pair.second().number(), buffer));
        }
    }

    @Test
    void aSocketIsFoundByItsPath() throws ErrnoException {
        String path = directory.resolve("socket").toString();
        try (OwnedFd server = SocketCalls.unixSocket(SocketCalls.SOCK_STREAM);
                OwnedFd client = SocketCalls.unixSocket(SocketCalls.SOCK_STREAM)) {
            SocketCalls.bind(server.number(), path);
            fails(Errno.ECONNREFUSED, () -> SocketCalls.connect(client.number(), path));
            SocketCalls.listen(server.number(), 1);
            SocketCalls.connect(client.number(), path);
            try (OwnedFd accepted = SocketCalls.accept(server.number());
                    OwnedFd pidfd = SocketCalls.peerPidfd(accepted.number())) {
                assertThat(SocketCalls.peerCredentials(accepted.number()))
                        .isEqualTo(new PeerCredentials(
                                ProcessCalls.getpid(), ProcessCalls.getuid(), ProcessCalls.getgid()));
                ProcessCalls.pidfdSendSignal(pidfd.number(), 0);
                SocketCalls.shutdown(client.number(), SocketCalls.SHUT_WR);
                assertThat(FileCalls.readAll(accepted.number())).isEmpty();
            }
        }
    }

    @Test
    void aPathTooLongForAnAddressIsRefused() throws ErrnoException {
        try (OwnedFd socket = SocketCalls.unixSocket(SocketCalls.SOCK_STREAM)) {
            fails(Errno.ENAMETOOLONG, () -> SocketCalls.bind(socket.number(), "/tmp/" + "x".repeat(103)));
        }
    }

    @Test
    void aWaitEndsWithItsTime() throws ErrnoException {
        try (SocketCalls.SocketPair pair = SocketCalls.socketpair(SocketCalls.SOCK_STREAM);
                Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.allocate(8);
            int fd = pair.first().number();
            fails(Errno.EAGAIN, () -> SocketCalls.receiveMessage(fd, buffer, 0, SocketCalls.MSG_DONTWAIT));
            SocketCalls.setTimeouts(fd, 1, 1);
            fails(Errno.EAGAIN, () -> SocketCalls.receiveMessage(fd, buffer, 0));
        }
    }

    private static String content(OwnedFd fd) throws ErrnoException {
        return new String(FileCalls.readAll(fd.number()), UTF_8);
    }

    private static void fails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
