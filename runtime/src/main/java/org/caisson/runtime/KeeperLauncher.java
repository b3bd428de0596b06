package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.SocketCalls;
import org.caisson.linux.SpawnRequest;
import org.caisson.runtime.spec.SpecWriter;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;

/**
 * Starts a keeper process that outlives the caller. It inherits the caller's standard streams (for the container), the
 * lock of the container's directory, and a socket on which it answers when the container is made.
 */
final class KeeperLauncher {
    static final int REPORT_FD = 3;
    static final int ALIVE_FD = 4;
    static final int FIRST_PRESERVED_FD = 5;

    private final RuntimeOptions options;
    private final StateDirectory states;

    KeeperLauncher(RuntimeOptions options, StateDirectory states) {
        this.options = options;
        this.states = states;
    }

    void launch(RunRequest request, FileLock alive, ContainerIo io) throws ContainerException {
        boolean spawned = false;
        try (SocketCalls.SocketPair pair = SocketCalls.socketpair(SocketCalls.SOCK_SEQPACKET)) {
            states.writeFile(request.id(), "config.json", SpecWriter.write(ContainerRuntime.specification(request)));
            spawn(request, alive, pair.second());
            spawned = true;
            pair.second().close();
            try (ControlSocket report = new ControlSocket(pair.first())) {
                report.await("ok", io);
            }
        } catch (IOException e) {
            ContainerException failure = Failures.of("container " + request.id() + " cannot be made", e);
            if (!spawned) {
                forget(request.id(), failure);
            }
            throw failure;
        }
    }

    private void forget(String id, ContainerException failure) {
        try {
            states.forget(id);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private void spawn(RunRequest request, FileLock alive, OwnedFd report) throws IOException {
        List<String> command = new ArrayList<>(options.keeperCommand());
        if (command.isEmpty()) {
            throw new ContainerException("this program cannot start keepers: containers must stay in the foreground");
        }
        SpawnRequest spawn = SpawnRequest.of(command.get(0)).newSession();
        for (String argument : command) {
            spawn.argument(argument);
        }
        for (String argument : KeeperArguments.write(request)) {
            spawn.argument(argument);
        }
        for (Map.Entry<String, String> entry : System.getenv().entrySet()) {
            spawn.environment(entry.getKey(), entry.getValue());
        }
        spawn.descriptor(report, REPORT_FD).descriptor(alive.file(), ALIVE_FD);
        // An engine gives the container its streams; a person who detaches wants the terminal back.
        try (OwnedFd nothing = FileCalls.open("/dev/null", OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC);
                Inherited inherited = Inherited.of(3, request.preserveFds())) {
            for (int fd = 0; fd < 3; fd++) {
                spawn.descriptor(request.spec() == null ? fd : nothing.number(), fd);
            }
            int target = FIRST_PRESERVED_FD;
            for (OwnedFd fd : inherited.list()) {
                spawn.descriptor(fd, target++);
            }
            Reaper.reap(ProcessCalls.spawn(spawn));
        } catch (ErrnoException e) {
            throw new ContainerException(
                    "the keeper " + Path.of(command.get(0)) + " cannot be started: " + e.getMessage(), e);
        }
    }
}
