package org.caisson.runtime;

import java.nio.file.Path;
import java.util.List;
import org.caisson.runtime.spec.ProcessSpec;
import org.jspecify.annotations.Nullable;

/**
 * A further process in a running container. What is not given is taken from the container's own process.
 *
 * @param args program and arguments; empty if {@code process} holds them
 * @param env {@code NAME=value} added to the container's environment
 * @param cwd working directory, or the container's
 * @param user {@code name|uid[:group|gid]} looked up in the container's root, or the container's
 * @param terminal the process gets a new terminal
 * @param process a whole process section that replaces the container's, as of {@code exec --process}
 * @param consoleSocket where the terminal's master is sent if {@code detach}
 * @param pidFile where the pid of the process is written
 * @param detach return when the process has started
 * @param capabilities added to the container's, as {@code CAP_NAME}
 */
public record ExecRequest(
        List<String> args,
        List<String> env,
        @Nullable String cwd,
        @Nullable String user,
        boolean terminal,
        @Nullable ProcessSpec process,
        @Nullable Path consoleSocket,
        @Nullable Path pidFile,
        boolean detach,
        List<String> capabilities) {
    public ExecRequest {
        args = List.copyOf(args);
        env = List.copyOf(env);
        capabilities = List.copyOf(capabilities);
    }

    /** A process in the foreground with nothing special. */
    public static ExecRequest of(List<String> args) {
        return new ExecRequest(args, List.of(), null, null, false, null, null, null, false, List.of());
    }
}
