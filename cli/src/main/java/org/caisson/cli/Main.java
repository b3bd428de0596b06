package org.caisson.cli;

import java.util.Arrays;
import org.caisson.image.oci.Shown;
import org.caisson.runtime.ContainerException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The {@code caisson} command: global options, then a verb with its own. */
public final class Main {
    /** The exit status of a failure of Caisson itself, as Docker has it. */
    static final int FAILED = 125;

    /** Instead of a status: the caller does it itself. */
    static final int LEFT = -1;

    private Main() {}

    /** Started by the launcher, {@code bin/caisson}. */
    public static void main(String[] args) {
        Preload.begin();
        int status = run(args);
        System.out.flush();
        if (System.getenv("CAISSON_JVM_OPTIONS") != null) {
            System.exit(status); // in order, for what was asked of the JVM may be written at its end
        }
        Runtime.getRuntime().halt(status);
    }

    /** Runs one command line; the answer is the exit status. */
    static int run(String[] args) {
        return run(OwnProcess.CALLER, args);
    }

    /** The same for another. */
    static int run(Caller caller, String[] args) {
        GlobalOptions globals = GlobalOptions.NONE;
        try {
            Utf8.check(args);
            int verbAt = GlobalOptions.indexOfVerb(args);
            if (verbAt > 0) {
                globals = GlobalOptions.parse(Arrays.copyOf(args, verbAt));
                if (!caller.canLog(globals)) {
                    return LEFT;
                }
            }
            if (globals.help()) {
                caller.out().print(Help.overview());
                return 0;
            }
            if (globals.version()) {
                return new VersionCommand().run(caller, globals, Arguments.NONE);
            }
            if (verbAt == args.length) {
                throw new UsageException("no command; caisson --help lists all");
            }
            Verb verb = Verbs.find(args[verbAt]);
            if (verb == null) {
                throw new UsageException("unknown command '" + args[verbAt] + "'; caisson --help lists all");
            }
            Verb sub = subcommand(verb, args, verbAt + 1);
            if (sub != null) {
                verb = sub;
                verbAt++;
            }
            return run(caller, globals, verb, Arrays.copyOfRange(args, verbAt + 1, args.length));
        } catch (UsageException e) {
            return fail(caller, globals, e.getMessage(), FAILED);
        } catch (ContainerException e) {
            return fail(caller, globals, e.getMessage(), e.exitStatus());
        } catch (RuntimeException | Error e) {
            if (globals.debug()) {
                e.printStackTrace(caller.err());
            }
            String hint = globals.debug() ? "" : " (this is a defect of Caisson; --debug shows where it happened)";
            return fail(caller, globals, e + hint, FAILED);
        }
    }

    private static @Nullable Verb subcommand(Verb verb, String[] args, int at) throws UsageException {
        if (verb.subcommands().isEmpty() || at >= args.length || args[at].startsWith("-")) {
            return null;
        }
        Verb sub = verb.subcommand(args[at]);
        if (sub == null) {
            throw new UsageException("unknown command '" + verb.name() + " " + args[at] + "'; caisson " + verb.name()
                    + " --help lists all");
        }
        return sub;
    }

    private static int run(Caller caller, GlobalOptions globals, Verb verb, String[] args)
            throws UsageException, ContainerException {
        CommandLine command = Model.commandLine(verb.model());
        Arguments arguments;
        try {
            arguments = new Arguments(command.parseArgs(args));
        } catch (ParameterException e) {
            throw UsageException.of(verb, e);
        }
        if (arguments.flag("--help")) {
            caller.out().print(Help.of(verb));
            return 0;
        }
        if (!caller.takes(globals, verb, arguments)) {
            return LEFT;
        }
        if (!verb.quick()) {
            Preload.useMemory();
        }
        if (!verb.forwardsSignals() && !verb.quick()) {
            caller.leaveSignals();
        }
        return verb.run(caller, globals, arguments);
    }

    private static int fail(Caller caller, GlobalOptions globals, @Nullable String message, int status) {
        String line = oneLine(message == null ? "unknown failure" : message);
        caller.out().flush();
        caller.err().println("caisson: " + line);
        ErrorLog.append(caller, globals, line);
        return status;
    }

    /** A message on one line, without the control characters that names in foreign images may have for a terminal. */
    private static String oneLine(String message) {
        String line = message.indexOf('\n') < 0
                ? message
                : message.strip().replace("\r", "").replace("\n", "; ");
        return Shown.line(line);
    }
}
