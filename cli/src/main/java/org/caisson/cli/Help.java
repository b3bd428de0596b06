package org.caisson.cli;

import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Help pages, made from the same model that parses. */
final class Help {
    private static final int WIDTH = 100;

    private Help() {}

    /** What {@code caisson --help} shows. */
    static String overview() {
        return command(fullModel()).getUsageMessage();
    }

    /** What {@code caisson VERB --help} shows. */
    static String of(Verb verb) {
        CommandLine page = new CommandLine(prepared(verb));
        command(GlobalOptions.model()).addSubcommand(verb.name(), page);
        page.setUsageHelpWidth(WIDTH);
        return page.getUsageMessage();
    }

    /** All commands in one model, for help, completion and manual. */
    static CommandSpec fullModel() {
        CommandSpec root = GlobalOptions.model();
        root.usageMessage()
                .commandListHeading("%nCommands:%n")
                .optionListHeading("%nOptions:%n")
                .footer(
                        "",
                        "Try: caisson do -- sh        A shell that can harm nothing.",
                        "     caisson check           Whether this machine has what containers need.");
        for (String name : Verbs.NAMES) {
            root.addSubcommand(name, new CommandLine(prepared(Verbs.get(name))));
        }
        return root;
    }

    private static CommandSpec prepared(Verb verb) {
        CommandSpec spec = verb.model();
        for (String word : verb.subcommands()) {
            CommandSpec sub = prepared(Objects.requireNonNull(verb.subcommand(word)));
            spec.addSubcommand(word, new CommandLine(sub.name(word)));
        }
        if (!verb.subcommands().isEmpty()) {
            spec.usageMessage().commandListHeading("%nCommands:%n");
        }
        spec.usageMessage()
                .parameterListHeading("%nArguments:%n")
                .optionListHeading("%nOptions:%n")
                .abbreviateSynopsis(spec.options().size() > 8);
        return spec;
    }

    private static CommandLine command(CommandSpec spec) {
        CommandLine command = Model.commandLine(spec);
        command.setUsageHelpWidth(WIDTH);
        command.setUsageHelpLongOptionsMaxWidth(34);
        return command;
    }
}
