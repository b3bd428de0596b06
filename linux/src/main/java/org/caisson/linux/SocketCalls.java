package org.caisson.linux;

import static org.caisson.linux.Syscalls.call;
import static org.caisson.linux.Syscalls.check;
import static org.caisson.linux.Syscalls.interrupted;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Unix sockets ({@code unix(7)}) and the passing of descriptors over them ({@code cmsg(3)}, SCM_RIGHTS). */
public final class SocketCalls {
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_SEQPACKET = 5;
    public static final int SOCK_NONBLOCK = 0x800;

    public static final int SHUT_RD = 0;
    public static final int SHUT_WR = 1;
    public static final int SHUT_RDWR = 2;

    /** Flags of {@code send(2)} and {@code recv(2)}. */
    public static final int MSG_PEEK = 0x2;

    public static final int MSG_DONTWAIT = 0x40;

    /** The most descriptors that one message carries (SCM_MAX_FD of the kernel). */
    public static final int MAX_DESCRIPTORS = 253;

    private static final int AF_UNIX = 1;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;
    private static final int SO_RCVTIMEO = 20;
    private static final int SO_SNDTIMEO = 21;
    private static final int SO_PEERPIDFD = 77;
    private static final int SCM_RIGHTS = 1;
    private static final int MSG_CTRUNC = 0x8;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;

    private static final int SOCKADDR_UN_SIZE = 110;
    private static final int SUN_PATH = 2;

    // struct msghdr, struct iovec and struct cmsghdr
    private static final int MSGHDR_SIZE = 56;
    private static final int MSG_IOV = 16;
    private static final int MSG_IOVLEN = 24;
    private static final int MSG_CONTROL = 32;
    private static final int MSG_CONTROLLEN = 40;
    private static final int MSG_FLAGS = 48;
    private static final int IOVEC_SIZE = 16;
    private static final int CMSG_LEVEL = 8;
    private static final int CMSG_TYPE = 12;
    private static final int CMSG_DATA = 16;

    private SocketCalls() {}

    /** The two ends of {@code socketpair(2)}. */
    public record SocketPair(OwnedFd first, OwnedFd second) implements AutoCloseable {
        @Override
        public void close() {
            first.close();
            second.close();
        }
    }

    /** {@code socketpair(2)} of Unix sockets; EMFILE, ENFILE. */
    public static SocketPair socketpair(int type) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment ends = scratch.allocate(8);
            check(call(SyscallNumbers.SOCKETPAIR, AF_UNIX, type | SOCK_CLOEXEC, 0, ends.address()), "socketpair");
            return new SocketPair(
                    OwnedFd.own(ends.get(ValueLayout.JAVA_INT, 0)), OwnedFd.own(ends.get(ValueLayout.JAVA_INT, 4)));
        }
    }

    /** {@code socket(2)} of the Unix family; EMFILE, ENFILE. */
    public static OwnedFd unixSocket(int type) throws ErrnoException {
        return OwnedFd.own((int) check(call(SyscallNumbers.SOCKET, AF_UNIX, type | SOCK_CLOEXEC, 0), "socket"));
    }

    /** {@code bind(2)} to a path; EADDRINUSE if it exists, ENAMETOOLONG if it has more than 107 bytes. */
    public static void bind(int fd, String path) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment address = unixAddress(scratch, path);
            check(call(SyscallNumbers.BIND, fd, address.address(), address.byteSize()), "bind", path);
        }
    }

    /** {@code listen(2)}; EINVAL if the socket is connected or not bound, EOPNOTSUPP for one of datagrams. */
    public static void listen(int fd, int backlog) throws ErrnoException {
        check(call(SyscallNumbers.LISTEN, fd, backlog), "listen");
    }

    /** {@code accept4(2)}; waits on when interrupted. EAGAIN if it must not wait, EMFILE, EINVAL if nobody listens. */
    public static OwnedFd accept(int fd) throws ErrnoException {
        long result;
        do {
            result = call(SyscallNumbers.ACCEPT4, fd, 0, 0, SOCK_CLOEXEC);
        } while (interrupted(result));
        return OwnedFd.own((int) check(result, "accept"));
    }

    /** {@code connect(2)} to a path; ENOENT, ECONNREFUSED if nobody listens, EPROTOTYPE for another type, EAGAIN if too many wait. */
    public static void connect(int fd, String path) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment address = unixAddress(scratch, path);
            check(call(SyscallNumbers.CONNECT, fd, address.address(), address.byteSize()), "connect to", path);
        }
    }

    /** {@code shutdown(2)}; ENOTCONN. */
    public static void shutdown(int fd, int how) throws ErrnoException {
        check(call(SyscallNumbers.SHUTDOWN, fd, how), "shutdown");
    }

    /** How long receiving and sending may wait (SO_RCVTIMEO, SO_SNDTIMEO of {@code socket(7)}) before EAGAIN; 0 is for ever. */
    public static void setTimeouts(int fd, long receiveMillis, long sendMillis) throws ErrnoException {
        setTimeout(fd, SO_RCVTIMEO, receiveMillis);
        setTimeout(fd, SO_SNDTIMEO, sendMillis);
    }

    /** SO_PEERCRED of {@code unix(7)}: who connected, or made the pair. */
    public static PeerCredentials peerCredentials(int fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment ucred = scratch.allocate(12);
            option(scratch, fd, SO_PEERCRED, ucred, "SO_PEERCRED");
            return new PeerCredentials(
                    ucred.get(ValueLayout.JAVA_INT, 0),
                    ucred.get(ValueLayout.JAVA_INT, 4),
                    ucred.get(ValueLayout.JAVA_INT, 8));
        }
    }

    /** SO_PEERPIDFD, of Linux 6.5: a pidfd of the process that connected. ENOPROTOOPT before, ESRCH or EINVAL if it is gone. */
    public static OwnedFd peerPidfd(int fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment pidfd = scratch.allocate(4);
            option(scratch, fd, SO_PEERPIDFD, pidfd, "SO_PEERPIDFD");
            return OwnedFd.own(pidfd.get(ValueLayout.JAVA_INT, 0));
        }
    }

    /**
     * {@code sendmsg(2)}: bytes and copies of descriptors. Answers how many bytes went: all of them but on a stream
     * whose timeout struck or that does not block. Without a reader it fails with EPIPE, never with a signal.
     */
    public static long sendMessage(int fd, MemorySegment data, int... descriptors) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            long controlLength = descriptors.length == 0 ? 0 : CMSG_DATA + 4L * descriptors.length;
            MemorySegment control = scratch.allocate(controlLength + 7 & ~7);
            if (descriptors.length > 0) {
                control.set(ValueLayout.JAVA_LONG, 0, controlLength);
                control.set(ValueLayout.JAVA_INT, CMSG_LEVEL, SOL_SOCKET);
                control.set(ValueLayout.JAVA_INT, CMSG_TYPE, SCM_RIGHTS);
                for (int i = 0; i < descriptors.length; i++) {
                    control.set(ValueLayout.JAVA_INT, CMSG_DATA + 4L * i, descriptors[i]);
                }
            }
            MemorySegment header = messageHeader(scratch, data, control, controlLength);
            return check(transfer(SyscallNumbers.SENDMSG, fd, header, MSG_NOSIGNAL, data), "sendmsg");
        }
    }

    /**
     * {@code recvmsg(2)}: bytes and descriptors, which are close-on-exec and belong to the caller.
     *
     * @throws ErrnoException EMSGSIZE if more descriptors came than {@code maxDescriptors}, or a packet longer than the buffer: nothing of
     *     it is kept then. EAGAIN when the time of {@link #setTimeouts} is over, ECONNRESET, ENOTCONN
     */
    public static ReceivedMessage receiveMessage(int fd, MemorySegment buffer, int maxDescriptors)
            throws ErrnoException {
        return receiveMessage(fd, buffer, maxDescriptors, 0);
    }

    /** As its twin, with {@code MSG_*} flags such as {@link #MSG_DONTWAIT}. */
    public static ReceivedMessage receiveMessage(int fd, MemorySegment buffer, int maxDescriptors, int flags)
            throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment control = scratch.allocate(CMSG_DATA + 4L * maxDescriptors + 7 & ~7);
            MemorySegment header = messageHeader(scratch, buffer, control, CMSG_DATA + 4L * maxDescriptors);
            long length = transfer(SyscallNumbers.RECVMSG, fd, header, flags | MSG_CMSG_CLOEXEC, buffer);
            check(length, "recvmsg");
            List<OwnedFd> descriptors = rights(control, header.get(ValueLayout.JAVA_LONG, MSG_CONTROLLEN));
            ReceivedMessage message = new ReceivedMessage(length, descriptors);
            int told = header.get(ValueLayout.JAVA_INT, MSG_FLAGS);
            if ((told & (MSG_CTRUNC | MSG_TRUNC)) != 0) {
                message.close();
                String most = (told & MSG_CTRUNC) != 0 ? maxDescriptors + " descriptors" : buffer.byteSize() + " bytes";
                throw ErrnoException.of(Errno.EMSGSIZE, "recvmsg with more than " + most);
            }
            return message;
        }
    }

    private static long transfer(int nr, int fd, MemorySegment header, int flags, MemorySegment buffer) {
        try {
            long result;
            do {
                result = call(nr, fd, header.address(), flags);
            } while (interrupted(result));
            return result;
        } finally {
            Reference.reachabilityFence(buffer);
        }
    }

    private static List<OwnedFd> rights(MemorySegment control, long controlLength) {
        List<OwnedFd> descriptors = new ArrayList<>();
        for (long at = 0; at + CMSG_DATA <= controlLength; ) {
            long length = control.get(ValueLayout.JAVA_LONG, at);
            if (length < CMSG_DATA) {
                break;
            }
            if (control.get(ValueLayout.JAVA_INT, at + CMSG_LEVEL) == SOL_SOCKET
                    && control.get(ValueLayout.JAVA_INT, at + CMSG_TYPE) == SCM_RIGHTS) {
                for (long offset = at + CMSG_DATA; offset + 4 <= at + length; offset += 4) {
                    descriptors.add(OwnedFd.own(control.get(ValueLayout.JAVA_INT, offset)));
                }
            }
            at += length + 7 & ~7;
        }
        return descriptors;
    }

    private static MemorySegment messageHeader(
            Scratch scratch, MemorySegment data, MemorySegment control, long controlLength) {
        MemorySegment vector = scratch.allocate(IOVEC_SIZE);
        vector.set(ValueLayout.JAVA_LONG, 0, HostMemory.address(data));
        vector.set(ValueLayout.JAVA_LONG, 8, data.byteSize());
        MemorySegment header = scratch.allocate(MSGHDR_SIZE);
        header.set(ValueLayout.JAVA_LONG, MSG_IOV, vector.address());
        header.set(ValueLayout.JAVA_LONG, MSG_IOVLEN, 1);
        header.set(ValueLayout.JAVA_LONG, MSG_CONTROL, controlLength == 0 ? 0 : control.address());
        header.set(ValueLayout.JAVA_LONG, MSG_CONTROLLEN, controlLength);
        return header;
    }

    private static MemorySegment unixAddress(Scratch scratch, String path) throws ErrnoException {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > SOCKADDR_UN_SIZE - SUN_PATH - 1) {
            throw ErrnoException.of(Errno.ENAMETOOLONG, "socket " + path);
        }
        MemorySegment address = scratch.allocate(SUN_PATH + bytes.length + 1L);
        address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
        MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, SUN_PATH, bytes.length);
        return address;
    }

    private static void setTimeout(int fd, int option, long millis) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment timeval = scratch.allocate(16);
            timeval.set(ValueLayout.JAVA_LONG, 0, millis / 1000);
            timeval.set(ValueLayout.JAVA_LONG, 8, millis % 1000 * 1000);
            check(call(SyscallNumbers.SETSOCKOPT, fd, SOL_SOCKET, option, timeval.address(), 16), "setsockopt");
        }
    }

    private static void option(Scratch scratch, int fd, int option, MemorySegment out, String name)
            throws ErrnoException {
        MemorySegment length = scratch.allocate(4);
        length.set(ValueLayout.JAVA_INT, 0, (int) out.byteSize());
        check(call(SyscallNumbers.GETSOCKOPT, fd, SOL_SOCKET, option, out.address(), length.address()), name);
    }
}
