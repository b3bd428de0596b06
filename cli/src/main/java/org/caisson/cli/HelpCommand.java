package org.caisson.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson help [COMMAND]}. */
final class HelpCommand extends Verb {
    HelpCommand() {
        super("help");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "Show help.");
        spec.addPositional(Model.operand("0..*", "0..*", "COMMAND", "A command."));
        return spec;
    }

    @Override
    boolean hidden() {
        return true;
    }

    @Override
    boolean quick() {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException {
        List<String> operands = given.operands();
        if (operands.isEmpty()) {
            System.out.print(Help.overview());
            return 0;
        }
        Verb verb = Verbs.find(operands.getFirst());
        if (verb == null) {
            throw new UsageException("unknown command '" + operands.getFirst() + "'; caisson --help lists all");
        }
        Verb sub = operands.size() > 1 ? verb.subcommand(operands.get(1)) : null;
        System.out.print(Help.of(sub == null ? verb : sub));
        return 0;
    }
}
