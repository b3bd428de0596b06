package org.caisson.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MemFd;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.Scratch;
import org.caisson.linux.Signals;
import org.caisson.linux.SpawnRequest;
import org.caisson.linux.WaitStatus;
import org.caisson.runtime.spec.Hooks.Hook;
import org.jspecify.annotations.Nullable;

/**
 * Runs a hook in the runtime's own namespaces. The container's state is its standard input, as a file in memory, so that a
 * hook need not read it; what it writes is read to the end, and its beginning kept to explain a failure.
 */
final class HookRunner {
    private static final int LONGEST_OUTPUT = 4096;
    private static final int BUFFER = 16384;

    private final String step;
    private final Hook hook;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();

    private HookRunner(String step, Hook hook) {
        this.step = step;
        this.hook = hook;
    }

    /** Runs them one after the other; the first that fails ends it. */
    static void run(String step, List<Hook> hooks, String state) throws ContainerException {
        for (Hook hook : hooks) {
            new HookRunner(step, hook).run(state);
        }
    }

    private void run(String state) throws ContainerException {
        try (FileCalls.Pipe pipe = FileCalls.pipe2(0)) {
            int pid = spawn(state, pipe.writer());
            pipe.writer().close();
            boolean late = true;
            try (OwnedFd process = ProcessCalls.pidfdOpen(pid)) {
                late = !ends(process, pipe.reader());
            } finally {
                if (late) {
                    // It leads a group of its own: what it started goes with it.
                    ProcessCalls.kill(-pid, Signals.SIGKILL);
                }
            }
            judge(ProcessCalls.waitForExit(pid), late);
        } catch (ContainerException e) {
            throw e;
        } catch (IOException e) {
            throw failure(" cannot be heard: " + e.getMessage(), e);
        }
    }

    private int spawn(String state, OwnedFd writer) throws ContainerException {
        SpawnRequest request = SpawnRequest.of(hook.path())
                .newProcessGroup()
                .descriptor(writer, 1)
                .descriptor(writer, 2);
        request.arguments(hook.args().isEmpty() ? List.of(hook.path()) : hook.args());
        for (String assignment : hook.env()) {
            request.environment(assignment.getBytes(StandardCharsets.UTF_8));
        }
        try (OwnedFd input = MemFd.sealed("state", state.getBytes(StandardCharsets.UTF_8))) {
            return ProcessCalls.spawn(request.descriptor(input, 0));
        } catch (ErrnoException e) {
            throw failure(" cannot be run: " + e.errno().text(), e);
        }
    }

    /** Reads until the process ends, whoever else may still hold the pipe; false if it is not done in time. */
    private boolean ends(OwnedFd process, OwnedFd reader) throws ErrnoException {
        Integer timeout = hook.timeout();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeout == null ? 0 : timeout);
        boolean open = true;
        try (Scratch scratch = Scratch.open()) {
            MemorySegment entries = scratch.allocate(16);
            MemorySegment buffer = scratch.allocate(BUFFER);
            while (true) {
                long left = timeout == null ? -1 : Math.max(0, (deadline - System.nanoTime()) / 1_000_000);
                FileCalls.setPollEntry(entries, 0, process.number(), FileCalls.POLLIN);
                FileCalls.setPollEntry(entries, 1, open ? reader.number() : -1, FileCalls.POLLIN);
                int ready = FileCalls.poll(entries, 2, left);
                if (open && FileCalls.pollResult(entries, 1) != 0) {
                    open = drain(reader, buffer);
                }
                if (FileCalls.pollResult(entries, 0) != 0) {
                    return true;
                }
                if (ready == 0 || (timeout != null && System.nanoTime() - deadline > 0)) {
                    return false;
                }
            }
        }
    }

    /** Takes what is there; false if no more can come. */
    private boolean drain(OwnedFd reader, MemorySegment buffer) throws ErrnoException {
        long length = FileCalls.read(reader.number(), buffer);
        int kept = (int) Math.min(length, LONGEST_OUTPUT - output.size());
        output.writeBytes(buffer.asSlice(0, kept).toArray(ValueLayout.JAVA_BYTE));
        return length > 0;
    }

    private void judge(WaitStatus status, boolean late) throws ContainerException {
        if (late) {
            throw failure(" was not done in " + hook.timeout() + " seconds" + said(), null);
        }
        if (status.shellStatus() != 0) {
            throw failure(" failed with status " + status.shellStatus() + said(), null);
        }
    }

    private String said() {
        String text = output.toString(StandardCharsets.UTF_8).strip();
        return text.isEmpty() ? "" : ": " + text;
    }

    private ContainerException failure(String what, @Nullable Throwable cause) {
        return new ContainerException("the " + step + " hook " + hook.path() + what, cause);
    }
}
