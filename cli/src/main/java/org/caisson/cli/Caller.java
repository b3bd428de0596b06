package org.caisson.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.Terminal;
import org.caisson.runtime.ContainerIo;
import org.caisson.runtime.RuntimeOptions;
import org.caisson.runtime.StandardStreams;
import org.jspecify.annotations.Nullable;

/**
 * The process that a command was given in, with what a command takes from it: descriptors, variables, working directory and signals. It is
 * our own, or one that asks a daemon; a verb is the same code for both.
 */
interface Caller {
    /** Its descriptors 0, 1 and 2. */
    StandardStreams streams();

    /** Its standard output. */
    PrintStream out();

    /** Its standard error. */
    PrintStream err();

    /** A variable of its environment as it was given one, whatever our launcher made of it. */
    @Nullable
    String variable(String name);

    /** Its working directory. */
    Path directory();

    /** What comes to it while a program runs that it is to be handed on to. */
    SignalSource signals() throws ErrnoException;

    /** From now on a signal ends it as usual. */
    void leaveSignals();

    /** What a container gets of it that nobody in the foreground waits for. */
    ContainerIo io();

    /** The options, with where containers live that outlive the command. */
    RuntimeOptions keeping(RuntimeOptions options);

    /** Whether a command is done here, as nothing of it has been yet. */
    default boolean takes(GlobalOptions globals, Verb verb, Arguments given) {
        return true;
    }

    /** Whether the log that a failure is written to is the same file here. */
    default boolean canLog(GlobalOptions globals) {
        return true;
    }

    /** The command's exit status is known, though there is still something to do. */
    default void tellEnd(int status) {}

    /** A path as it means it, absolute. */
    default Path path(String given) {
        return directory().resolve(given);
    }

    /** That of its descriptors 0 to 2 which is a terminal, or -1. */
    default int terminal() {
        StandardStreams streams = streams();
        if (Terminal.isatty(streams.input())) {
            return streams.input();
        }
        if (Terminal.isatty(streams.output())) {
            return streams.output();
        }
        return Terminal.isatty(streams.error()) ? streams.error() : -1;
    }
}
