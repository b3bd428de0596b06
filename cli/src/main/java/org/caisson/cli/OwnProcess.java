package org.caisson.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import org.caisson.linux.ErrnoException;
import org.caisson.runtime.ContainerIo;
import org.caisson.runtime.RuntimeOptions;
import org.caisson.runtime.StandardStreams;
import org.jspecify.annotations.Nullable;

/** A command in a process of its own, which the launcher prepared. */
final class OwnProcess implements Caller {
    static final Caller CALLER = new OwnProcess();

    private OwnProcess() {}

    @Override
    public StandardStreams streams() {
        return StandardStreams.INHERIT;
    }

    @Override
    public PrintStream out() {
        return System.out;
    }

    @Override
    public PrintStream err() {
        return System.err;
    }

    @Override
    public @Nullable String variable(String name) {
        return switch (name) {
            // The launcher keeps those of the JVM under other names.
            case "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "LC_ALL" ->
                System.getenv("CAISSON_CALLER_" + name);
            default -> System.getenv(name);
        };
    }

    @Override
    public Path directory() {
        return Path.of(System.getProperty("user.dir", "/"));
    }

    @Override
    public SignalSource signals() throws ErrnoException {
        return BlockedSignals.open();
    }

    @Override
    public void leaveSignals() {
        BlockedSignals.unblockAll();
    }

    @Override
    public ContainerIo io() {
        return ContainerIo.INHERIT;
    }

    @Override
    public RuntimeOptions keeping(RuntimeOptions options) {
        return options;
    }
}
