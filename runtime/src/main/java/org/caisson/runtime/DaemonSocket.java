package org.caisson.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.SocketCalls;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;
import org.jspecify.annotations.Nullable;

/**
 * Where the one daemon of a state root listens: {@code daemon/socket}, in a directory for root alone. The lock beside it is held as long as
 * the daemon lives, so that a socket whose lock is free is nobody's.
 */
public final class DaemonSocket implements AutoCloseable {
    private static final String DIRECTORY = "daemon";
    private static final String SOCKET = "socket";
    private static final String LOCK = "lock";
    private static final int BACKLOG = 128;
    private static final int FIRST_PASSED = 3;

    private final FileLock lock;
    private final OwnedFd directory;
    private final OwnedFd listener;
    /** Whether the service manager made the socket: then it stays when we end. */
    private final boolean passed;

    private DaemonSocket(FileLock lock, OwnedFd directory, OwnedFd listener, boolean passed) {
        this.lock = lock;
        this.directory = directory;
        this.listener = listener;
        this.passed = passed;
    }

    /** Listens; the two texts are what a service manager says of a socket that it passes on ({@code sd_listen_fds(3)}). */
    public static DaemonSocket open(Path root, @Nullable String listenPid, @Nullable String listenFds)
            throws ContainerException {
        if (ProcessCalls.geteuid() != 0) {
            throw new ContainerException("a daemon can be run by root only: run caisson as root");
        }
        boolean passed = Integer.toString(ProcessCalls.getpid()).equals(listenPid) && "1".equals(listenFds);
        try {
            OwnedFd directory = directory(root);
            FileLock lock = lock(root, directory);
            OwnedFd listener = passed ? passed() : listen(root, directory);
            return new DaemonSocket(lock, directory, listener, passed);
        } catch (IOException e) {
            throw Failures.of("a daemon cannot listen below " + root, e);
        }
    }

    private static OwnedFd directory(Path root) throws IOException {
        // Makes the root, and sees that it is one.
        new StateDirectory(root).lock().close();
        String path = root + "/" + DIRECTORY;
        try {
            FileCalls.mkdirat(AtFlags.AT_FDCWD, path, 0700);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
        }
        OwnedFd directory = FileCalls.open(
                path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC);
        FileCalls.fchmodat(AtFlags.AT_FDCWD, "/proc/self/fd/" + directory.number(), 0700, 0);
        FileCalls.fchownat(AtFlags.AT_FDCWD, "/proc/self/fd/" + directory.number(), 0, 0, 0);
        return directory;
    }

    private static FileLock lock(Path root, OwnedFd directory) throws IOException {
        FileLock lock = FileLock.tryTake("/proc/self/fd/" + directory.number() + "/" + LOCK);
        if (lock == null) {
            throw new ContainerException(
                    ContainerException.Kind.WRONG_STATE,
                    "a daemon of " + root + " runs already: use that, or end it first");
        }
        FileCalls.ftruncate(lock.file().number(), 0);
        FileCalls.writeFully(lock.file().number(), (ProcessCalls.getpid() + "\n").getBytes(StandardCharsets.US_ASCII));
        return lock;
    }

    private static OwnedFd passed() throws ErrnoException {
        FileCalls.fcntl(FIRST_PASSED, FileCalls.F_SETFD, FileCalls.FD_CLOEXEC);
        return OwnedFd.own(FIRST_PASSED);
    }

    private static OwnedFd listen(Path root, OwnedFd directory) throws IOException {
        if (isListenedTo(directory)) {
            throw new ContainerException(
                    ContainerException.Kind.WRONG_STATE,
                    "the service manager listens for a daemon of " + root
                            + ": use that, or run systemctl stop caisson.socket first");
        }
        remove(directory);
        OwnedFd socket = SocketCalls.unixSocket(SocketCalls.SOCK_SEQPACKET);
        SocketCalls.bind(socket.number(), "/proc/self/fd/" + directory.number() + "/" + SOCKET);
        FileCalls.fchmodat(directory.number(), SOCKET, 0600, 0);
        SocketCalls.listen(socket.number(), BACKLOG);
        return socket;
    }

    /** Whether somebody listens who has not the lock: as a service manager does, until it starts a daemon. */
    private static boolean isListenedTo(OwnedFd directory) throws ErrnoException {
        try (OwnedFd socket = SocketCalls.unixSocket(SocketCalls.SOCK_SEQPACKET | SocketCalls.SOCK_NONBLOCK)) {
            SocketCalls.connect(socket.number(), "/proc/self/fd/" + directory.number() + "/" + SOCKET);
            return true;
        } catch (ErrnoException e) {
            return e.errno() == Errno.EAGAIN; // Too many wait already.
        }
    }

    private static void remove(OwnedFd directory) throws ErrnoException {
        try {
            FileCalls.unlinkat(directory.number(), SOCKET, 0);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }

    public OwnedFd listener() {
        return listener;
    }

    /** Listens no more. Who has called and was not answered does his work himself. */
    public void leave() {
        try {
            if (!passed) {
                remove(directory);
            }
        } catch (ErrnoException e) {
            // Nobody answers there.
        }
        listener.close();
    }

    @Override
    public void close() {
        leave();
        directory.close();
        lock.close();
    }
}
