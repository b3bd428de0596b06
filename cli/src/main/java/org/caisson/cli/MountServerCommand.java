package org.caisson.cli;

import java.nio.charset.StandardCharsets;
import org.caisson.fuse.FuseServer;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.ContainerException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The process that serves a mount until it is unmounted or a signal ends it: started by {@code caisson mount}, not by people. */
final class MountServerCommand extends Verb {
    static final String NAME = "mount-server";

    /** What is reported when the mount is there. */
    static final String READY = "ready\n";

    MountServerCommand() {
        super(NAME);
    }

    @Override
    CommandSpec model() {
        return MountCommand.model(NAME);
    }

    @Override
    boolean hidden() {
        return true;
    }

    @Override
    boolean forwardsSignals() {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        @Nullable OwnedFd report = report();
        try {
            MountRequest request = MountRequest.of(given);
            try (ServedFileSystem served = ServedFileSystem.of(request);
                    FuseServer server = mount(request, served)) {
                tell(report, READY);
                report = null;
                awaitEnd(caller, server);
            }
            return 0;
        } catch (UsageException | ContainerException e) {
            tell(report, String.valueOf(e.getMessage()));
            throw e;
        } catch (RuntimeException | Error e) {
            tell(report, e.toString());
            throw e;
        }
    }

    private static FuseServer mount(MountRequest request, ServedFileSystem served) throws ContainerException {
        FuseServer server = served.server();
        try {
            server.mountAt(request.target().toString());
            server.start();
            return server;
        } catch (ErrnoException e) {
            server.close();
            throw new ContainerException("FUSE: " + e.getMessage() + "; caisson check tells what this host lacks", e);
        }
    }

    /** Waits for whichever is first: the mount is taken off, or a signal asks for an end. */
    private static void awaitEnd(Caller caller, FuseServer server) throws ContainerException {
        Thread waiter = Thread.ofPlatform().name("end").daemon().start(() -> {
            try {
                server.awaitEnd();
                // Who takes mounts off for servers that die must know that this one was: there may be a new one in its
                // place already.
                server.close();
                Runtime.getRuntime().halt(0);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try (SignalSource signals = caller.signals()) {
            signals.awaitEnding();
        } catch (ErrnoException e) {
            throw new ContainerException("cannot wait for signals: " + e.getMessage(), e);
        }
        waiter.interrupt();
    }

    private static @Nullable OwnedFd report() {
        String number = System.getenv(MountLauncher.REPORT);
        return number == null ? null : OwnedFd.own(Integer.parseInt(number));
    }

    /** Tells who started us, if anybody listens, and lets go of it. */
    private static void tell(@Nullable OwnedFd report, String text) {
        if (report == null) {
            return;
        }
        try (report) {
            FileCalls.writeFully(report.number(), text.getBytes(StandardCharsets.UTF_8));
        } catch (ErrnoException e) {
            // EPIPE: it did not wait for us.
        }
    }
}
