package org.caisson.cli;

import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Terminal;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerIo;
import org.caisson.runtime.RunningProcess;
import org.caisson.runtime.StandardStreams;
import org.caisson.runtime.stage.Interruption;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the caller and a program in a container while it runs: hands on signals and, if the program has a
 * terminal of its own, bytes and size of ours, which is raw meanwhile.
 *
 * <p>Before the program has started, a signal that asks for an end ends its making.
 *
 * <p>The thread that runs the container calls {@link #terminal}, {@link #started} and {@link #close}; the relay thread lives
 * between the last two.
 */
final class Foreground implements ContainerIo, Interruption, AutoCloseable {
    private final Caller caller;
    private final SignalSource signals;
    private final @Nullable OwnedFd nothing;
    private @Nullable OwnedFd master;
    private Terminal.@Nullable Mode savedMode;
    private @Nullable Relay relay;
    private int endedBy;
    private boolean early;

    /** @param input whether the program gets our standard input, not {@code /dev/null} */
    Foreground(Caller caller, boolean input) throws ContainerException {
        this.caller = caller;
        try {
            signals = caller.signals();
        } catch (ErrnoException e) {
            throw new ContainerException("cannot listen to signals: " + e.getMessage(), e);
        }
        try {
            nothing = input ? null : FileCalls.open("/dev/null", OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
        } catch (ErrnoException e) {
            signals.close();
            throw new ContainerException("cannot open /dev/null: " + e.getMessage(), e);
        }
    }

    /** Gives a terminal the size of another; if one of the two is gone, its end is seen elsewhere. */
    static void resize(int terminal, int like) {
        try {
            Terminal.WindowSize size = Terminal.windowSize(like);
            if (size.rows() > 0 && size.columns() > 0) {
                Terminal.setWindowSize(terminal, size);
            }
        } catch (ErrnoException e) {
            // Nothing to do.
        }
    }

    @Override
    public Interruption interruption() {
        return this;
    }

    @Override
    public int descriptor() {
        return signals.number();
    }

    @Override
    public boolean givenUp() {
        for (int signal = signals.read(); signal != 0; signal = signals.read()) {
            if (SignalSource.isEnding(signal)) {
                endedBy = signal;
                return true;
            }
            signals.keep(signal);
        }
        return false;
    }

    /** Nobody can ask for the container again: its caller need not wait until it is taken away. */
    Foreground unnamed(boolean is) {
        early = is;
        return this;
    }

    /** The exit status after a failure: without a word, and as of the signal, if a signal was its cause. */
    int statusOf(ContainerException failure) throws ContainerException {
        if (endedBy == 0) {
            throw failure;
        }
        return 128 + endedBy;
    }

    @Override
    public StandardStreams streams() {
        StandardStreams theirs = caller.streams();
        return nothing == null ? theirs : new StandardStreams(nothing.number(), theirs.output(), theirs.error());
    }

    @Override
    public @Nullable List<OwnedFd> descriptors() {
        return caller.io().descriptors();
    }

    @Override
    public int process() {
        return caller.io().process();
    }

    @Override
    public void warning(String message) {
        caller.io().warning(message);
    }

    @Override
    public void terminal(OwnedFd newMaster) {
        master = newMaster;
        int ours = caller.terminal();
        if (ours >= 0) {
            // From here on a change is a pending SIGWINCH.
            resize(newMaster.number(), ours);
        }
        try {
            FileCalls.fcntl(
                    newMaster.number(),
                    FileCalls.F_SETFL,
                    FileCalls.fcntl(newMaster.number(), FileCalls.F_GETFL, 0) | Relay.O_NONBLOCK);
            if (nothing == null && Terminal.isatty(caller.streams().input())) {
                savedMode = Terminal.makeRaw(caller.streams().input());
            }
        } catch (ErrnoException e) {
            warning("the terminal cannot be made raw: " + e.getMessage());
        }
    }

    @Override
    public void started(RunningProcess process) {
        try {
            int ours = master == null ? -1 : caller.terminal();
            Relay started = new Relay(caller, process, signals, master, nothing == null, ours);
            relay = started;
            started.start();
        } catch (ErrnoException e) {
            warning("signals are not handed on: " + e.getMessage());
        }
    }

    @Override
    public void ended(int status) {
        letGo();
        if (early) {
            caller.tellEnd(status);
        }
    }

    @Override
    public void close() {
        letGo();
        if (nothing != null) {
            nothing.close();
        }
        signals.close();
    }

    /** The program's last bytes are shown, and our terminal is as it was. */
    private void letGo() {
        if (relay != null) {
            relay.finish();
            relay = null;
        }
        if (savedMode != null) {
            try {
                Terminal.restore(caller.streams().input(), savedMode);
            } catch (ErrnoException e) {
                warning("the terminal cannot be restored (try: stty sane): " + e.getMessage());
            }
            savedMode = null;
        }
        if (master != null) {
            master.close();
            master = null;
        }
    }
}
