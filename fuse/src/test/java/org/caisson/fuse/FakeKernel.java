package org.caisson.fuse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.SocketCalls;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.VirtualFileSystem;

/** The other side of the protocol: a server whose device is one end of a socket pair, which keeps messages apart. */
final class FakeKernel implements AutoCloseable {
    static final int HEADER = 40;

    final VirtualFileSystem vfs = new VirtualFileSystem();
    final MountNamespace namespace;
    final FuseServer server;
    final MemorySegment request;
    final MemorySegment reply;
    private final Arena arena = Arena.ofShared();
    private final OwnedFd socket;
    private long unique;

    FakeKernel(org.caisson.vfs.FileSystem fileSystem) throws ErrnoException {
        namespace = vfs.newMountNamespace(fileSystem);
        server = FuseServer.builder(vfs, namespace.root())
                .threads(2)
                .maxData(65536)
                .build();
        SocketCalls.SocketPair pair = SocketCalls.socketpair(SocketCalls.SOCK_SEQPACKET);
        socket = pair.first();
        SocketCalls.setTimeouts(socket.number(), 10_000, 10_000);
        request = arena.allocate(65536);
        reply = arena.allocate(1 << 17);
        server.connect(pair.second());
        server.start();
    }

    /** Begins a request; the argument is written from {@link #HEADER} on. */
    FakeKernel begin(int opcode, long node) {
        request.asSlice(0, 4096).fill((byte) 0);
        unique += 2;
        set32(4, opcode);
        set64(8, unique);
        set64(16, node);
        return this;
    }

    FakeKernel set32(int at, int value) {
        request.set(ValueLayout.JAVA_INT_UNALIGNED, at, value);
        return this;
    }

    FakeKernel set64(int at, long value) {
        request.set(ValueLayout.JAVA_LONG_UNALIGNED, at, value);
        return this;
    }

    /** Puts a text with its NUL; returns where the next one goes. */
    int text(int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(bytes, 0, request, ValueLayout.JAVA_BYTE, at, bytes.length);
        request.set(ValueLayout.JAVA_BYTE, at + bytes.length, (byte) 0);
        return at + bytes.length + 1;
    }

    long unique() {
        return unique;
    }

    /** Sends what was begun, as long as it says. */
    void send(int length) throws ErrnoException {
        set32(0, length);
        sendRaw(length);
    }

    void sendRaw(int length) throws ErrnoException {
        FileCalls.write(socket.number(), request.asSlice(0, length));
    }

    /** Takes the next message of the server; its length. */
    int receive() throws ErrnoException {
        return (int) FileCalls.read(socket.number(), reply);
    }

    /** Sends what was begun and takes the answer; its error, which is 0 or a negated errno. */
    int exchange(int length) throws ErrnoException {
        send(length);
        int received = receive();
        if (received != int32(0) || int64(8) != unique) {
            throw new AssertionError("the reply does not fit: " + received + " bytes to " + int64(8));
        }
        return int32(4);
    }

    int int32(int at) {
        return reply.get(ValueLayout.JAVA_INT_UNALIGNED, at);
    }

    long int64(int at) {
        return reply.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
    }

    /** INIT with a protocol version and all flags offered. */
    int init(int major, int minor) throws ErrnoException {
        begin(26, 0).set32(HEADER, major).set32(HEADER + 4, minor).set32(HEADER + 8, 131072);
        set32(HEADER + 12, -1).set32(HEADER + 16, -1);
        return exchange(HEADER + 64);
    }

    int lookup(long parent, String name) throws ErrnoException {
        return exchange(begin(1, parent).text(HEADER, name));
    }

    @Override
    public void close() {
        socket.close();
        server.close();
        arena.close();
    }
}
