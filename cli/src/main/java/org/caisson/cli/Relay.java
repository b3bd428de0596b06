package org.caisson.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Terminal;
import org.caisson.runtime.RunningProcess;
import org.jspecify.annotations.Nullable;

/** One thread that polls signals and, with a terminal, both directions of its bytes, until the program has ended. */
final class Relay implements Runnable {
    static final int O_NONBLOCK = 0x800;

    private static final int POLL_ENTRY_SIZE = 8;
    private static final int STOP = 0;
    private static final int SIGNALS = 1;
    private static final int INPUT = 2;
    private static final int MASTER = 3;
    private static final int OUTPUT = 4;
    private static final int ENTRIES = 5;
    private static final int LOST = FileCalls.POLLHUP | FileCalls.POLLERR;
    private static final int FOREVER = -1;
    private static final int DRAIN_MILLIS = 200;

    private final Caller caller;
    private final RunningProcess process;
    private final SignalSource signals;
    private final @Nullable OwnedFd master;
    private final boolean input;
    private final int ownTerminal;
    private final OwnedFd stop;
    private final Thread thread;
    // Our own end of the program's terminal; used by the relay thread alone.
    private @Nullable OwnedFd peer;

    /**
     * @param input whether what our standard input gives is typed at the program's terminal
     * @param ownTerminal the descriptor of our terminal, whose size the program's follows, or -1
     */
    Relay(
            Caller caller,
            RunningProcess process,
            SignalSource signals,
            @Nullable OwnedFd master,
            boolean input,
            int ownTerminal)
            throws ErrnoException {
        this.caller = caller;
        this.process = process;
        this.signals = signals;
        this.master = master;
        this.input = input;
        this.ownTerminal = ownTerminal;
        stop = FileCalls.eventfd(0, 0);
        thread = new Thread(null, this, "relay", 256 * 1024);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Called when the program has ended: what it wrote last is still shown, then the thread ends. */
    void finish() {
        try {
            FileCalls.writeFully(stop.number(), new byte[] {1, 0, 0, 0, 0, 0, 0, 0});
            thread.join();
        } catch (ErrnoException | InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        stop.close();
    }

    @Override
    public void run() {
        try {
            handOnSignals(); // those that came before the start
            if (master == null) {
                relaySignals();
            } else {
                relayTerminal(master.number());
            }
        } catch (ErrnoException e) {
            caller.err().println("caisson: warning: signals and terminal are no longer handed on: " + e.getMessage());
        } finally {
            letGo();
        }
    }

    private void relaySignals() throws ErrnoException {
        MemorySegment polled = entries();
        while (true) {
            FileCalls.setPollEntry(polled, SIGNALS, signals.number(), FileCalls.POLLIN);
            poll(polled, 2, FOREVER);
            handOnSignals(polled);
            if (ready(polled, STOP)) {
                return;
            }
        }
    }

    private void relayTerminal(int terminal) throws ErrnoException {
        MemorySegment polled = entries();
        Pump in = new Pump(caller.streams().input(), terminal);
        Pump out = new Pump(terminal, caller.streams().output());
        boolean stopping = false;
        holdOpen(terminal);
        while (!out.ended()) {
            FileCalls.setPollEntry(polled, STOP, stopping ? -1 : stop.number(), FileCalls.POLLIN);
            FileCalls.setPollEntry(polled, SIGNALS, signals.number(), FileCalls.POLLIN);
            FileCalls.setPollEntry(
                    polled,
                    INPUT,
                    input && in.wantsInput() && !stopping ? caller.streams().input() : -1,
                    FileCalls.POLLIN);
            int events = (out.wantsInput() ? FileCalls.POLLIN : 0) | (in.wantsOutput() ? FileCalls.POLLOUT : 0);
            // A hangup is told whether asked for or not.
            FileCalls.setPollEntry(polled, MASTER, events == 0 ? -1 : terminal, events);
            FileCalls.setPollEntry(
                    polled, OUTPUT, out.wantsOutput() ? caller.streams().output() : -1, FileCalls.POLLOUT);
            int count = poll(polled, ENTRIES, stopping && !out.wantsOutput() ? DRAIN_MILLIS : FOREVER);
            if (stopping && count == 0) {
                return; // Something outside the container still holds the terminal open, and is silent.
            }
            handOnSignals(polled);
            if (stopping && out.wantsOutput() && signals.number() < 0) {
                return; // Nobody waits for what was written last.
            }
            if (ready(polled, INPUT)) {
                in.read();
                if (in.ended()) {
                    in.putEndOfFile();
                }
            }
            int terminalIs = FileCalls.pollResult(polled, MASTER);
            if (in.wantsOutput() && (terminalIs & FileCalls.POLLOUT) != 0) {
                in.write();
            }
            // A standard output that takes nothing for now holds up the program's output alone.
            if (ready(polled, OUTPUT)) {
                out.write();
            }
            if (out.wantsInput() && (terminalIs & (FileCalls.POLLIN | LOST)) != 0) {
                out.read();
                if (out.ended() && !stopping && holdOpen(terminal)) {
                    out.goOn();
                }
            }
            if (!stopping && ready(polled, STOP)) {
                stopping = true;
                letGo(); // Now the terminal ends, when what was written to it is read.
            }
        }
        // The terminal is lost but the program lives on: signals still matter to it.
        if (!stopping) {
            relaySignals();
        }
    }

    /**
     * Keeps the terminal alive while no program has it open, as between the end of one that systemd runs there and the
     * start of the next: reading it would fail with EIO. A hangup, {@code vhangup(2)}, takes our end away too.
     */
    private boolean holdOpen(int terminal) {
        letGo();
        try {
            peer = Terminal.peer(terminal);
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    private void letGo() {
        if (peer != null) {
            peer.close();
            peer = null;
        }
    }

    private void handOnSignals(MemorySegment polled) {
        if (ready(polled, SIGNALS)) {
            handOnSignals();
        }
    }

    private void handOnSignals() {
        for (int signal = signals.next(); signal != 0; signal = signals.next()) {
            if (signal == SignalSource.SIGWINCH && master != null) {
                resize(master.number());
            } else {
                handOn(signal);
            }
        }
    }

    private void handOn(int signal) {
        try {
            process.signal(signal);
        } catch (IllegalArgumentException | IllegalStateException e) {
            caller.err().println("caisson: warning: " + e.getMessage());
        }
    }

    private void resize(int terminal) {
        if (ownTerminal >= 0) {
            Foreground.resize(terminal, ownTerminal);
        }
    }

    private MemorySegment entries() {
        MemorySegment polled = Arena.ofAuto().allocate(ENTRIES * POLL_ENTRY_SIZE, 8);
        FileCalls.setPollEntry(polled, STOP, stop.number(), FileCalls.POLLIN);
        return polled;
    }

    private static int poll(MemorySegment polled, int count, int timeoutMillis) throws ErrnoException {
        return FileCalls.poll(polled, count, timeoutMillis);
    }

    private static boolean ready(MemorySegment polled, int index) {
        return FileCalls.pollResult(polled, index) != 0;
    }
}
