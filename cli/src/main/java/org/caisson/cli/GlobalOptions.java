package org.caisson.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.runtime.RuntimeOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Options before the verb, named as runc and crun name them.
 *
 * @param root where state lives, if not in the default place
 * @param log a file that errors are appended to, for engines
 * @param jsonLog whether the log is JSON lines
 */
record GlobalOptions(
        @Nullable String root,
        @Nullable String log,
        boolean jsonLog,
        boolean systemdCgroup,
        boolean debug,
        boolean help,
        boolean version) {
    /** None given. */
    static final GlobalOptions NONE = new GlobalOptions(null, null, false, false, false, false, false);

    private static final List<String> WITH_VALUE =
            List.of("--root", "--log", "--log-format", "--log-level", "--cgroup-manager", "--rootless");

    static CommandSpec model() {
        CommandSpec spec = CommandSpec.create().name("caisson");
        spec.usageMessage()
                .description("Runs programs in containers that they can neither harm nor see out of.")
                .synopsisSubcommandLabel("COMMAND");
        spec.addOption(Model.value("DIR", "Keep state in DIR (default: /run/caisson).", "--root"));
        spec.addOption(Model.value("FILE", "Append errors to FILE as well.", "--log"));
        spec.addOption(Model.choice(
                "FORMAT", List.of("text", "json"), "Format of the log: text (default) or json.", "--log-format"));
        spec.addOption(Model.choice(
                "LEVEL",
                List.of("error", "warning", "debug"),
                "How much is logged: error, warning or debug.",
                "--log-level"));
        spec.addOption(Model.choice(
                "MANAGER",
                List.of("cgroupfs", "systemd", "disabled"),
                "Who makes cgroups (cgroupfs; systemd is as --systemd-cgroup).",
                "--cgroup-manager"));
        spec.addOption(OptionSpec.builder("--rootless")
                .type(String.class)
                .arity("1")
                .hidden(true)
                .build());
        spec.addOption(Model.flag("Read cgroup paths as systemd's slice:prefix:name.", "--systemd-cgroup"));
        spec.addOption(Model.flag("Show where a defect happened.", "--debug"));
        spec.addOption(OptionSpec.builder("-h", "--help")
                .type(boolean.class)
                .usageHelp(true)
                .description("Show this help and exit.")
                .build());
        spec.addOption(OptionSpec.builder("-v", "--version")
                .type(boolean.class)
                .versionHelp(true)
                .description("Show the version and exit.")
                .build());
        return spec;
    }

    /** Where the verb stands in a command line: the first word that is neither an option nor an option's value. */
    static int indexOfVerb(String[] args) {
        int at = 0;
        while (at < args.length && args[at].startsWith("-")) {
            at += WITH_VALUE.contains(args[at]) ? 2 : 1;
        }
        return Math.min(at, args.length);
    }

    /** Reads the words before the verb. */
    static GlobalOptions parse(String[] args) throws UsageException {
        CommandLine command = Model.commandLine(model());
        Arguments given;
        try {
            given = new Arguments(command.parseArgs(args));
        } catch (ParameterException e) {
            throw new UsageException(UsageException.sentence(e) + "; see caisson --help");
        }
        return new GlobalOptions(
                given.value("--root"),
                given.value("--log"),
                isOneOf("--log-format", given.value("--log-format"), "json", "text"),
                given.flag("--systemd-cgroup")
                        || isOneOf(
                                "--cgroup-manager", given.value("--cgroup-manager"), "systemd", "cgroupfs", "disabled"),
                given.flag("--debug")
                        || isOneOf(
                                "--log-level", given.value("--log-level"), "debug", "error", "warning", "warn", "info"),
                given.flag("--help"),
                given.flag("--version"));
    }

    /** The runtime's options: its helpers lie beside the jar in the distribution. */
    RuntimeOptions runtimeOptions(Caller caller) {
        Path state = stateRoot(caller);
        List<String> keeper = new ArrayList<>();
        keeper.add(Installation.home().resolve("bin/caisson").toString());
        keeper.add("--root");
        keeper.add(state.toString());
        if (systemdCgroup) {
            keeper.add("--systemd-cgroup");
        }
        keeper.add(KeeperCommand.NAME);
        return caller.keeping(new RuntimeOptions(state, Installation.stage(), keeper, systemdCgroup));
    }

    /** Where state lives. */
    Path stateRoot(Caller caller) {
        return root == null ? RuntimeOptions.DEFAULT_ROOT : caller.path(root);
    }

    /** Whether the value is {@code word}; {@code others} are allowed too, and so is none. */
    private static boolean isOneOf(String option, @Nullable String value, String word, String... others)
            throws UsageException {
        if (value == null || value.equals(word) || List.of(others).contains(value)) {
            return word.equals(value);
        }
        throw UsageException.invalid(option, value, "it can be " + word + ", " + String.join(", ", others));
    }
}
