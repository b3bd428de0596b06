package org.caisson.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.NamespaceCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.PeerCredentials;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.ReceivedMessage;
import org.caisson.linux.SocketCalls;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.caisson.runtime.ResidentKeepers;
import org.jspecify.annotations.Nullable;

/**
 * Takes commands from the daemon's socket, each in a thread that has a working directory and a umask of its own, as clients have. A client
 * that is slow, talks nonsense or goes costs no more than that thread.
 */
final class DaemonServer {
    /** As many commands in the foreground at once; who comes then does his work himself. */
    private static final int MOST_CALLS = 2048;

    private static final long PATIENCE_MILLIS = 2_000;
    private static final long SPARE_SECONDS = 30;
    private static final int STACK = 512 * 1024;
    private static final int CLONE_FS = 0x200;
    private static final int USUAL_UMASK = 022;
    private static final long PAUSE_NANOS = 10_000_000;
    private static final long END_MILLIS = 10_000;

    private final Path root;
    private final Call.Program program;
    private final ResidentKeepers keepers = new ResidentKeepers();
    private final ThreadPoolExecutor workers;
    private final Set<OwnedFd> connections = ConcurrentHashMap.newKeySet();

    DaemonServer(Path root, Call.Program program) {
        this.root = root;
        this.program = program;
        workers = new ThreadPoolExecutor(
                1, MOST_CALLS, SPARE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), DaemonServer::thread);
    }

    private static Thread thread(Runnable work) {
        return new Thread(null, work, "call", STACK);
    }

    /** Serves until a signal asks for the end, or there was nothing to do for so long; negative: however long. */
    void serve(OwnedFd listener, SignalSource signals, long idleMillis) throws ErrnoException {
        long idleSince = System.nanoTime();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment polled = arena.allocate(16, 4);
            while (true) {
                FileCalls.setPollEntry(polled, 0, listener.number(), FileCalls.POLLIN);
                FileCalls.setPollEntry(polled, 1, signals.number(), FileCalls.POLLIN);
                FileCalls.poll(polled, 2, idleMillis < 0 ? -1 : Math.min(idleMillis, 1_000));
                for (int signal = signals.next(); signal != 0; signal = signals.next()) {
                    if (SignalSource.isEnding(signal)) {
                        return;
                    }
                }
                if (FileCalls.pollResult(polled, 0) != 0) {
                    accept(listener);
                }
                if (!connections.isEmpty() || keepers.count() > 0) {
                    idleSince = System.nanoTime();
                } else if (idleMillis >= 0 && System.nanoTime() - idleSince >= idleMillis * 1_000_000) {
                    return;
                }
            }
        }
    }

    private void accept(OwnedFd listener) {
        OwnedFd connection;
        try {
            connection = SocketCalls.accept(listener.number());
        } catch (ErrnoException e) {
            // It has gone; or there are no descriptors, until others end, and it is still there to be polled.
            LockSupport.parkNanos(PAUSE_NANOS);
            return;
        }
        connections.add(connection);
        try {
            workers.execute(() -> attend(connection));
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // Too many commands, or the host gives no more threads.
            hangUp(connection);
        }
    }

    private void attend(OwnedFd connection) {
        try {
            // For each command, as threads that the last one has begun share with this one.
            NamespaceCalls.unshare(CLONE_FS);
            PeerCredentials peer = SocketCalls.peerCredentials(connection.number());
            if (peer.uid() == ProcessCalls.geteuid()) {
                SocketCalls.setTimeouts(connection.number(), PATIENCE_MILLIS, PATIENCE_MILLIS);
                receive(connection, peer.pid());
            }
        } catch (ErrnoException e) {
            // It is gone, or said nothing, or too much.
        } catch (RuntimeException | Error e) {
            System.err.println("caisson: a command ended with a defect of Caisson: " + e);
        } finally {
            hangUp(connection);
        }
    }

    private void receive(OwnedFd connection, int process) throws ErrnoException {
        try (Call call = receive(connection)) {
            if (call != null
                    && call.program().equals(program)
                    && call.hasPlainStreams()
                    && PeerProcess.sharesAllOf(process)) {
                run(connection, process, call);
            }
        }
    }

    /** The buffer is given back before a command is run, which may last. */
    private static @Nullable Call receive(OwnedFd connection) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Call.LONGEST, 8);
            ReceivedMessage message = SocketCalls.receiveMessage(connection.number(), buffer, Call.MOST_DESCRIPTORS);
            Call call = null;
            try {
                call = Call.of(buffer, message);
                return call;
            } finally {
                if (call == null) {
                    message.close();
                }
            }
        }
    }

    private void run(OwnedFd connection, int process, Call call) throws ErrnoException {
        Path directory = Path.of(new String(
                FileCalls.readlinkat(
                        AtFlags.AT_FDCWD, "/proc/self/fd/" + call.directory().number()),
                StandardCharsets.UTF_8));
        Syscalls.check(Syscalls.call(SyscallNumbers.FCHDIR, call.directory().number()), "fchdir");
        Syscalls.call(SyscallNumbers.UMASK, call.umask());
        try {
            RemoteCaller caller = new RemoteCaller(connection, process, directory, call, keepers, root);
            int status = Main.run(caller, call.arguments().toArray(String[]::new));
            if (status == Main.LEFT) {
                caller.leave();
            } else {
                caller.end(status);
            }
        } finally {
            Syscalls.call(SyscallNumbers.CHDIR, SLASH.address());
            Syscalls.call(SyscallNumbers.UMASK, USUAL_UMASK);
        }
    }

    private static final MemorySegment SLASH = Arena.global().allocateFrom("/");

    private void hangUp(OwnedFd connection) {
        connections.remove(connection);
        connection.close();
    }

    /** Ends all containers, as their keepers' end would. */
    void end() {
        keepers.endAll();
        for (OwnedFd connection : connections) {
            try {
                // As if the client had gone.
                SocketCalls.shutdown(connection.number(), SocketCalls.SHUT_RD);
            } catch (ErrnoException | IllegalStateException e) {
                // So it has.
            }
        }
        long deadline = System.nanoTime() + END_MILLIS * 1_000_000;
        while ((!connections.isEmpty() || keepers.count() > 0) && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(5_000_000);
        }
    }
}
