package org.caisson.runtime;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.Terminal;
import org.caisson.runtime.ContainerException.Kind;
import org.caisson.runtime.spec.Root;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.spec.SpecReader;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;
import org.jspecify.annotations.Nullable;

/** The life of a keeper process: makes the container, answers its launcher, waits for the start, then for the end. */
final class DetachedKeeper {
    private static final int FD_CLOEXEC = 1;
    private static final int F_SETFD = 2;

    private final RuntimeOptions options;
    private final StateDirectory states;

    DetachedKeeper(RuntimeOptions options, StateDirectory states) {
        this.options = options;
        this.states = states;
    }

    int run(List<String> arguments) {
        try (ControlSocket report = new ControlSocket(inherited(KeeperLauncher.REPORT_FD))) {
            try {
                keep(arguments, report);
                return 0;
            } catch (IOException e) {
                if (report.socket().isOpen()) {
                    report.sendError(Failures.of("the keeper failed", e));
                }
                return Kind.FAILED.exitStatus();
            }
        } catch (ErrnoException e) {
            // The launcher is gone: there is nobody to tell.
            return Kind.FAILED.exitStatus();
        }
    }

    private static OwnedFd inherited(int fd) throws ErrnoException {
        FileCalls.fcntl(fd, F_SETFD, FD_CLOEXEC);
        return OwnedFd.own(fd);
    }

    private void keep(List<String> arguments, ControlSocket report) throws IOException {
        FileLock alive = FileLock.held(inherited(KeeperLauncher.ALIVE_FD));
        RunRequest request = KeeperArguments.read(arguments);
        Spec spec = SpecReader.read(states.of(request.id()).resolve("config.json"));
        if (request.hostRoot() || !request.layers().isEmpty()) {
            Root root = spec.root();
            spec = spec.withRoot(new Root(
                    root.path(), root.readonly(), request.hostRoot(), request.layers(), request.layerOptions()));
        }
        ContainerIo io = ControlServer.warningsTo(report);
        try (Keeper keeper = new Keeper(options, states, request, spec, ContainerRuntime.bundle(request), io, alive)) {
            keeper.create(KeeperLauncher.FIRST_PRESERVED_FD);
            standBack();
            ControlServer control = keeper.publish();
            terminal(keeper.takeTerminal(), request);
            PidFile.write(request.pidFile(), keeper.made().pid());
            report.send("ok");
            report.close();
            if (control.awaitStart(keeper.made().pidfd(), keeper)) {
                control.serveAside();
            }
            keeper.await();
        }
    }

    /** The streams are the container's now: whoever reads their other ends must see when it ends. */
    private static void standBack() throws ErrnoException {
        try (OwnedFd nothing = FileCalls.open("/dev/null", OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC)) {
            for (int fd = 0; fd < 3; fd++) {
                FileCalls.dup3(nothing.number(), fd, 0);
            }
        }
        if (ProcessCalls.getpid() <= 1) {
            throw new IllegalStateException("a keeper is never pid 1");
        }
    }

    static void terminal(@Nullable OwnedFd master, RunRequest request) throws ContainerException {
        if (master == null) {
            return;
        }
        if (request.consoleSocket() != null) {
            ConsoleSocket.send(request.consoleSocket(), master);
            return;
        }
        Thread.ofPlatform().daemon().name("caisson-terminal").start(() -> drain(master));
    }

    /** A terminal that nobody reads must not stop the program. */
    private static void drain(OwnedFd master) {
        // Our own end of the slave: without one, reading fails whenever the container has closed its last.
        try (master;
                OwnedFd slave = Terminal.peer(master.number());
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(4096);
            while (slave.isOpen() && FileCalls.read(master.number(), buffer) > 0) {
                buffer.fill((byte) 0);
            }
        } catch (ErrnoException e) {
            // The terminal is of no use any more; the container goes on without.
        }
    }
}
