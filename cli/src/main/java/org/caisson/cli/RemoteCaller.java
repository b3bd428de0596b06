package org.caisson.cli;

import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.SocketCalls;
import org.caisson.runtime.ContainerIo;
import org.caisson.runtime.ResidentKeepers;
import org.caisson.runtime.RuntimeOptions;
import org.caisson.runtime.StandardStreams;
import org.jspecify.annotations.Nullable;

/**
 * A process that has a daemon do its command. It is told that its command is taken before the first thing is done or said; what is not
 * taken, it does itself. Used by one thread, but for {@link #io}, whose warnings come from any.
 */
final class RemoteCaller implements Caller {
    private static final int BUFFER = 8 * 1024;

    private final OwnedFd connection;
    private final int process;
    private final Path directory;
    private final Map<String, String> variables;
    private final StandardStreams streams;
    private final List<OwnedFd> preserved;
    private final ResidentKeepers keepers;
    private final Path root;
    private final PrintStream out;
    private final PrintStream err;
    private boolean told;
    /** Its descriptors are not written to any more. Lock: {@link #err}. */
    private boolean ended;

    RemoteCaller(OwnedFd connection, int process, Path directory, Call call, ResidentKeepers keepers, Path root) {
        this.connection = connection;
        this.process = process;
        this.directory = directory;
        this.keepers = keepers;
        this.root = root;
        variables = call.variables();
        List<OwnedFd> descriptors = call.descriptors();
        streams = new StandardStreams(
                descriptors.get(0).number(),
                descriptors.get(1).number(),
                descriptors.get(2).number());
        preserved = call.preserved();
        out = printer(streams.output());
        err = printer(streams.error());
    }

    private static PrintStream printer(int descriptor) {
        return new PrintStream(
                new BufferedOutputStream(new DescriptorStream(descriptor), BUFFER), false, StandardCharsets.UTF_8);
    }

    /** Whether a daemon does this command: then the client is told, if it still waits for that. */
    @Override
    public boolean takes(GlobalOptions globals, Verb verb, Arguments given) {
        return verb.residesWith(this, given)
                && globals.stateRoot(this).normalize().equals(root)
                && !given.namesProcess()
                && tell(Call.TAKEN, handsOn(verb, given) ? Call.HANDS_ON_SIGNALS : 0);
    }

    /** Whoever detaches has no program to hand signals on to, and may end himself. */
    private static boolean handsOn(Verb verb, Arguments given) {
        return verb.forwardsSignals() && !given.flag("--detach");
    }

    @Override
    public boolean canLog(GlobalOptions globals) {
        return !Arguments.namesProcess(globals.log());
    }

    /** The end of all. */
    void end(int status) {
        boolean again;
        synchronized (err) {
            again = ended;
        }
        if (!again) {
            tellEnd(status);
        }
    }

    @Override
    public void tellEnd(int status) {
        boolean waits = told || tell(Call.TAKEN, 0);
        if (waits) {
            out.flush();
        }
        synchronized (err) {
            ended = true;
            if (waits) {
                err.flush();
            }
        }
        if (waits) {
            send(Call.ENDED, status);
        }
    }

    /** The command is its own. */
    void leave() {
        send(Call.LEFT, 0);
    }

    private boolean tell(int type, int value) {
        told = true;
        return send(type, value);
    }

    private boolean send(int type, int value) {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment packet = scratch.allocate(8);
            packet.set(ValueLayout.JAVA_INT, 0, type);
            packet.set(ValueLayout.JAVA_INT, 4, value);
            SocketCalls.sendMessage(connection.number(), packet);
            return true;
        } catch (ErrnoException e) {
            return false; // It is gone, or waits no longer.
        }
    }

    @Override
    public StandardStreams streams() {
        return streams;
    }

    @Override
    public PrintStream out() {
        return out;
    }

    @Override
    public PrintStream err() {
        return err;
    }

    @Override
    public @Nullable String variable(String name) {
        return variables.get(name);
    }

    @Override
    public Path directory() {
        return directory;
    }

    @Override
    public SignalSource signals() {
        return new ConnectionSignals(connection);
    }

    @Override
    public void leaveSignals() {
        // It has been told so.
    }

    @Override
    public RuntimeOptions keeping(RuntimeOptions options) {
        return options.withResident(keepers);
    }

    @Override
    public ContainerIo io() {
        return new ContainerIo() {
            @Override
            public StandardStreams streams() {
                return streams;
            }

            @Override
            public List<OwnedFd> descriptors() {
                return preserved;
            }

            @Override
            public int process() {
                return process;
            }

            @Override
            public void warning(String message) {
                synchronized (err) {
                    if (!ended) {
                        err.println("caisson: warning: " + message);
                        err.flush();
                        return;
                    }
                }
                System.err.println("caisson: warning: " + message);
            }
        };
    }
}
