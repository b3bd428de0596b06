package org.caisson.cli;

import org.caisson.runtime.spec.JsonWriter;
import org.caisson.runtime.spec.Spec;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson version}: of Caisson, of the runtime-spec, of Java. */
final class VersionCommand extends Verb {
    VersionCommand() {
        super("version");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(name(), "Print versions.");
        spec.addOption(
                Model.choice("FORMAT", ContainerOptions.FORMATS, "Print text (default) or json.", "-f", "--format"));
        return spec;
    }

    @Override
    boolean quick() {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException {
        String java = System.getProperty("java.vm.version", "unknown");
        if ("json".equals(ContainerOptions.format(given))) {
            JsonWriter out = new JsonWriter().beginObject();
            out.field("version", Version.text());
            out.field("spec", Spec.VERSION);
            out.field("java", java);
            caller.out().println(out.endObject());
        } else {
            // The words of runc, which engines read.
            caller.out().println("caisson version " + Version.text());
            caller.out().println("spec: " + Spec.VERSION);
            caller.out().println("java: " + java);
        }
        return 0;
    }
}
