package org.caisson.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Short words for picocli's programmatic model. Values stay text here: each command reads them and words its own errors. */
final class Model {
    static {
        // Picocli would look for Groovy and load all of java.time at every start; our values stay text.
        System.setProperty("picocli.disable.closures", "true");
        System.setProperty("picocli.converters.excludes", "java.(sql|time|nio).*");
    }

    private Model() {}

    /** A command with {@code --help}. */
    static CommandSpec command(String name, String description) {
        CommandSpec spec = CommandSpec.create().name(name);
        spec.usageMessage().description(description);
        spec.addOption(OptionSpec.builder("--help")
                .type(boolean.class)
                .description("Show this help and exit.")
                .usageHelp(true)
                .build());
        return spec;
    }

    /** An option without a value. */
    static OptionSpec flag(String description, String name, String... more) {
        return OptionSpec.builder(name, more)
                .type(boolean.class)
                .description(description)
                .build();
    }

    /** An option without a value that is accepted and kept out of help and manual. */
    static OptionSpec hiddenFlag(String name) {
        return OptionSpec.builder(name).type(boolean.class).hidden(true).build();
    }

    /** An option with a value; the last one wins. */
    static OptionSpec value(String label, String description, String name, String... more) {
        return OptionSpec.builder(name, more)
                .type(String.class)
                .arity("1")
                .paramLabel(label)
                .description(description)
                .build();
    }

    /** As {@link #value}, with words that a shell can complete. */
    static OptionSpec choice(String label, List<String> words, String description, String name, String... more) {
        return OptionSpec.builder(name, more)
                .type(String.class)
                .arity("1")
                .paramLabel(label)
                .completionCandidates(words)
                .description(description)
                .build();
    }

    /** An option with a value that may be given many times. */
    static OptionSpec values(String label, String description, String name, String... more) {
        return OptionSpec.builder(name, more)
                .type(String[].class)
                .arity("1")
                .paramLabel(label)
                .description(description)
                .build();
    }

    /** An operand: {@code arity} as {@code "1"}, {@code "0..1"} or {@code "0..*"}. */
    static PositionalParamSpec operand(String index, String arity, String label, String description) {
        return PositionalParamSpec.builder()
                .index(index)
                .type(arity.endsWith("*") ? String[].class : String.class)
                .arity(arity)
                .required(!arity.startsWith("0"))
                .paramLabel(label)
                .description(description)
                .build();
    }

    /** A parser of {@code spec} with the habits of our command line: nothing is expanded, the last value wins. */
    static CommandLine commandLine(CommandSpec spec) {
        CommandLine command = new CommandLine(spec);
        command.setExpandAtFiles(false);
        command.setInterpolateVariables(false);
        command.setOverwrittenOptionsAllowed(true);
        command.setAbbreviatedOptionsAllowed(false);
        command.setColorScheme(new CommandLine.Help.ColorScheme.Builder(Ansi.OFF).build());
        return command;
    }
}
