package org.caisson.runtime;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.caisson.runtime.spec.Hooks.Hook;
import org.jspecify.annotations.Nullable;

/** Runs hooks in the runtime's own namespaces, the container's state on their standard input. */
final class HookRunner {
    private static final int LONGEST_OUTPUT = 4096;

    private HookRunner() {}

    /** Runs them one after the other; the first that fails ends it. */
    static void run(String step, List<Hook> hooks, String state) throws ContainerException {
        for (Hook hook : hooks) {
            run(step, hook, state);
        }
    }

    private static void run(String step, Hook hook, String state) throws ContainerException {
        List<String> command = new ArrayList<>();
        command.add(hook.path());
        for (int i = 1; i < hook.args().size(); i++) {
            command.add(hook.args().get(i));
        }
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.clear();
        for (String assignment : hook.env()) {
            int equals = assignment.indexOf('=');
            if (equals > 0) {
                environment.put(assignment.substring(0, equals), assignment.substring(equals + 1));
            }
        }
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new ContainerException(
                    "the " + step + " hook " + hook.path() + " cannot be run: " + e.getMessage(), e);
        }
        try {
            try (OutputStream in = process.getOutputStream()) {
                in.write(state.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // A hook need not read the state.
            }
            Integer timeout = hook.timeout();
            // Reading waits for the end of the output; a watchdog ends a hook that takes too long.
            Thread watchdog = watchdog(process, timeout);
            byte[] output = process.getInputStream().readNBytes(LONGEST_OUTPUT);
            int status = process.waitFor();
            boolean late = watchdog != null && !watchdog.isAlive();
            if (watchdog != null) {
                watchdog.interrupt();
            }
            if (status != 0) {
                throw new ContainerException("the " + step + " hook " + hook.path()
                        + (late ? " was not done in " + timeout + " seconds" : " failed with status " + status)
                        + (output.length == 0 ? "" : ": " + new String(output, StandardCharsets.UTF_8).strip()));
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new ContainerException("the " + step + " hook " + hook.path() + " was interrupted", e);
        } catch (ContainerException e) {
            throw e;
        } catch (IOException e) {
            process.destroyForcibly();
            throw new ContainerException("the " + step + " hook " + hook.path() + " cannot be heard", e);
        }
    }

    private static @Nullable Thread watchdog(Process process, @Nullable Integer timeout) {
        if (timeout == null) {
            return null;
        }
        return Thread.ofPlatform().daemon().name("caisson-hook").start(() -> {
            try {
                if (!process.waitFor(timeout, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
