package org.caisson.cli;

import java.util.List;
import java.util.Locale;
import org.caisson.runtime.HostCheck;
import org.caisson.runtime.HostCheck.Finding;
import org.caisson.runtime.HostCheck.Verdict;
import org.caisson.runtime.spec.JsonWriter;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson check}: what this host must have, whether it is there, and what to do if not. */
final class CheckCommand extends Verb {
    CheckCommand() {
        super("check");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(
                name(),
                "Say for each thing this machine must have whether it is there, and what to do if not. Fails if something needed is missing.");
        spec.addOption(
                Model.choice("FORMAT", List.of("table", "json"), "Print a table (default) or json.", "-f", "--format"));
        return spec;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException {
        boolean json = Table.isJson(given.value("--format"));
        List<Finding> findings = HostCheck.run(globals.runtimeOptions(caller));
        boolean missing = false;
        for (Finding finding : findings) {
            missing |= finding.verdict() == Verdict.MISSING;
        }
        System.out.print(json ? json(findings) : table(findings));
        return missing ? 1 : 0;
    }

    private static String table(List<Finding> findings) {
        Table table = new Table("THING", "VERDICT", "FOUND", "WHAT TO DO");
        for (Finding finding : findings) {
            table.row(finding.name(), word(finding), finding.found(), finding.advice());
        }
        return table.toString();
    }

    private static String json(List<Finding> findings) {
        JsonWriter out = new JsonWriter().beginArray();
        for (Finding finding : findings) {
            out.beginObject();
            out.field("name", finding.name());
            out.field("verdict", word(finding));
            out.field("found", finding.found());
            out.field("advice", finding.advice());
            out.endObject();
        }
        return out.endArray() + "\n";
    }

    private static String word(Finding finding) {
        return finding.verdict().name().toLowerCase(Locale.ROOT);
    }
}
