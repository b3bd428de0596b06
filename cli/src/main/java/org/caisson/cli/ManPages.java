package org.caisson.cli;

import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Manual pages in the language of {@code man(7)}, from the same model that parses. */
final class ManPages {
    private static final String SECTION = "1";

    private final String version;

    ManPages(String version) {
        this.version = version;
    }

    /** The page of the program: {@code caisson(1)}. */
    String program() {
        CommandSpec spec = Help.fullModel();
        StringBuilder page = begin("caisson", description(spec));
        page.append(".SH SYNOPSIS\n.B caisson\n[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n");
        page.append(".SH DESCRIPTION\n").append(text(description(spec))).append('\n');
        page.append(".SH COMMANDS\n");
        for (CommandLine command : spec.subcommands().values()) {
            CommandSpec verb = command.getCommandSpec();
            page.append(".TP\n.BR caisson\\-").append(text(verb.name())).append(" (1)\n");
            page.append(text(description(verb))).append('\n');
        }
        appendOptions(page, spec);
        page.append(".SH EXIT STATUS\n");
        page.append("That of the program in the container, or 128 plus the number of the signal that ended it.\n");
        page.append(".TP\n.B 125\nCaisson itself failed: one line on standard error says why.\n");
        page.append(".TP\n.B 126\nThe program cannot be executed.\n.TP\n.B 127\nThe program was not found.\n");
        page.append(
                ".SH FILES\n.TP\n.I /run/caisson\nThe state of containers, unless \\fB\\-\\-root\\fR names another place.\n");
        page.append(
                ".SH EXAMPLES\n.TP\n.B caisson do \\-\\- sh \\-c 'id; hostname; ls /'\nRun a program of this machine where it can harm nothing.\n");
        page.append(
                ".TP\n.B caisson do \\-it \\-\\-memory 256m \\-\\-cpus 1 \\-\\- bash\nA shell with limits, which it also sees in /proc.\n");
        page.append(
                ".TP\n.B caisson image pull alpine && caisson run \\-it alpine\nA shell in an image of the store, as its configuration says.\n");
        page.append(".TP\n.B caisson check\nWhether this machine has what containers need.\n");
        return page.toString();
    }

    /** The page of one command: {@code caisson-VERB(1)}. */
    String verb(Verb verb) {
        CommandSpec spec = verb.model();
        StringBuilder page = begin("caisson-" + pageName(verb.name()), description(spec));
        page.append(".SH SYNOPSIS\n.B caisson ").append(text(verb.name())).append('\n');
        page.append("[\\fIOPTIONS\\fR]");
        for (PositionalParamSpec operand : spec.positionalParameters()) {
            String label = "\\fI" + text(operand.paramLabel()) + "\\fR"
                    + (operand.arity().max() > 1 ? "..." : "");
            page.append(operand.arity().min() == 0 ? " [" + label + "]" : " " + label);
        }
        page.append("\n.SH DESCRIPTION\n").append(text(description(spec))).append('\n');
        if (!spec.positionalParameters().isEmpty()) {
            page.append(".SH ARGUMENTS\n");
            for (PositionalParamSpec operand : spec.positionalParameters()) {
                page.append(".TP\n.I ").append(text(operand.paramLabel())).append('\n');
                page.append(text(description(operand))).append('\n');
            }
        }
        if (!verb.subcommands().isEmpty()) {
            page.append(".SH COMMANDS\n");
        }
        for (String word : verb.subcommands()) {
            Verb sub = Objects.requireNonNull(verb.subcommand(word));
            page.append(".TP\n.BR caisson\\-")
                    .append(text(pageName(sub.name())))
                    .append(" (1)\n");
            page.append(text(description(sub.model()))).append('\n');
        }
        appendOptions(page, spec);
        page.append(".SH SEE ALSO\n.BR caisson (1)\n");
        return page.toString();
    }

    /** The name of a page is one word. */
    static String pageName(String verb) {
        return verb.replace(' ', '-');
    }

    private StringBuilder begin(String name, String description) {
        StringBuilder page = new StringBuilder(4096);
        page.append(".TH \"")
                .append(text(name.toUpperCase(java.util.Locale.ROOT)))
                .append("\" \"")
                .append(SECTION);
        page.append("\" \"\" \"Caisson ").append(text(version)).append("\" \"Caisson Manual\"\n");
        String first = description.endsWith(".") ? description.substring(0, description.length() - 1) : description;
        int sentence = first.indexOf(". ");
        int colon = first.indexOf(": ");
        int end = sentence < 0 ? first.length() : sentence;
        end = colon >= 0 && colon < end ? colon : end;
        page.append(".SH NAME\n")
                .append(text(name))
                .append(" \\- ")
                .append(text(lower(first.substring(0, end))))
                .append('\n');
        return page;
    }

    private static void appendOptions(StringBuilder page, CommandSpec spec) {
        List<OptionSpec> options =
                spec.options().stream().filter(option -> !option.hidden()).toList();
        if (options.isEmpty()) {
            return;
        }
        page.append(".SH OPTIONS\n");
        for (OptionSpec option : options) {
            page.append(".TP\n");
            String separator = "";
            for (String name : option.names()) {
                page.append(separator).append("\\fB").append(text(name)).append("\\fR");
                separator = ", ";
            }
            if (option.arity().max() > 0) {
                page.append(" \\fI").append(text(option.paramLabel())).append("\\fR");
            }
            page.append('\n').append(text(description(option))).append('\n');
        }
    }

    private static String description(CommandSpec spec) {
        return String.join(" ", spec.usageMessage().description());
    }

    private static String description(ArgSpec argument) {
        return String.join(" ", argument.description());
    }

    private static String lower(String sentence) {
        return Character.toLowerCase(sentence.charAt(0)) + sentence.substring(1);
    }

    /** Text that troff takes as it is. */
    private static String text(String plain) {
        String escaped = plain.replace("\\", "\\e").replace("-", "\\-");
        return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
    }
}
