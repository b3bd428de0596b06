package org.caisson.cli;

import org.caisson.linux.ErrnoException;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.DaemonSocket;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson daemon}: keeps containers in one process, so that commands start none of their own. */
final class DaemonCommand extends Verb {
    static final String NAME = "daemon";
    private static final long MOST_SECONDS = 1_000_000;

    DaemonCommand() {
        super(NAME);
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(
                name(),
                "Keep containers in one process, which makes commands faster and containers smaller. Commands of the same state"
                        + " directory use it while it runs. It ends with a signal, and its containers with it.");
        spec.addOption(Model.value(
                "SECONDS", "End when there was no container and no command for so long (default: never).", "--idle"));
        return spec;
    }

    @Override
    boolean forwardsSignals() {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        long idle = idleMillis(given.value("--idle"));
        try (SignalSource signals = caller.signals();
                DaemonSocket socket = DaemonSocket.open(
                        globals.stateRoot(caller).normalize(),
                        caller.variable("LISTEN_PID"),
                        caller.variable("LISTEN_FDS"))) {
            Call.Program program =
                    Call.Program.of(Installation.home().resolve("bin/caisson").toString());
            DaemonServer server = new DaemonServer(globals.stateRoot(caller).normalize(), program);
            ServiceNotice notice = new ServiceNotice(caller.variable("NOTIFY_SOCKET"));
            notice.send("READY=1");
            server.serve(socket.listener(), signals, idle);
            notice.send("STOPPING=1");
            socket.leave();
            server.end();
            return 0;
        } catch (ErrnoException e) {
            throw new ContainerException("the daemon cannot serve: " + e.getMessage(), e);
        }
    }

    private static long idleMillis(@Nullable String text) throws UsageException {
        if (text == null) {
            return -1;
        }
        long seconds = Quantities.whole("--idle", text, 0, "give a whole number of seconds");
        return Math.min(seconds, MOST_SECONDS) * 1000;
    }
}
