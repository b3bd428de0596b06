package org.caisson.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.RunRequest;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.spec.SpecException;
import org.caisson.runtime.spec.SpecReader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** Options of {@code create} and {@code run} that engines give, named as runc names them. */
final class BundleOptions {
    private BundleOptions() {}

    /** What {@code create} takes. */
    static void add(CommandSpec spec) {
        spec.addOption(Model.value(
                "DIR", "Directory of the bundle, with config.json (default: the current one).", "-b", "--bundle"));
        PolicyOption.add(spec);
        addPlumbing(spec);
    }

    /** What {@code run} takes: there the two spellings differ. */
    static void addToRun(CommandSpec spec) {
        spec.addOption(Model.value(
                "DIR", "Run the bundle in DIR, which has a config.json. A command replaces its program.", "--bundle"));
        spec.addOption(Model.value("DIR", "The same as runc has it: the operand is the container's name.", "-b"));
        addPlumbing(spec);
        spec.addOption(Model.hiddenFlag("--keep"));
    }

    /** Whether an option was given that engines know and people do not. */
    static boolean givenByEngine(Arguments given) {
        return given.given("--console-socket")
                || given.given("--preserve-fds")
                || given.given("--no-pivot")
                || given.given("--no-new-keyring")
                || given.given("--keep");
    }

    private static void addPlumbing(CommandSpec spec) {
        spec.addOption(Model.value("SOCKET", "Send the terminal's master to this unix socket.", "--console-socket"));
        spec.addOption(Model.value("COUNT", "Pass on this many descriptors from 3 on.", "--preserve-fds"));
        spec.addOption(Model.hiddenFlag("--no-pivot"));
        spec.addOption(Model.hiddenFlag("--no-new-keyring"));
    }

    /** The bundle's directory, which has a {@code config.json}. */
    static Path bundle(Caller caller, Arguments given) throws UsageException {
        String value = given.given("--bundle") ? given.value("--bundle") : given.value("-b");
        Path bundle = caller.path(value == null ? "" : value).normalize();
        if (!Files.isDirectory(bundle)) {
            throw UsageException.invalid("--bundle", bundle.toString(), "there is no such directory");
        }
        if (!Files.exists(bundle.resolve("config.json"))) {
            throw new UsageException("no config.json in " + bundle
                    + ": give another directory with --bundle, or make the file with caisson spec");
        }
        return bundle;
    }

    /** A request for a bundle as it is, or with the policy that is given beside it. */
    static RunRequest.Builder request(Caller caller, String id, Path bundle, Arguments given)
            throws UsageException, ContainerException {
        return given.given(PolicyOption.NAME)
                ? RunRequest.ofBundle(id, bundle, PolicyOption.apply(caller, given, read(bundle)))
                : RunRequest.ofBundle(id, bundle);
    }

    static Spec read(Path bundle) throws ContainerException {
        try {
            return SpecReader.read(bundle.resolve("config.json"));
        } catch (SpecException e) {
            throw new ContainerException(ContainerException.Kind.BAD_SPEC, String.valueOf(e.getMessage()), e);
        }
    }

    static void apply(Caller caller, Arguments given, RunRequest.Builder request) throws UsageException {
        request.consoleSocket(path(caller, given.value("--console-socket")));
        String count = given.value("--preserve-fds");
        if (count != null) {
            request.preserveFds((int) Quantities.whole("--preserve-fds", count, 0, "give a whole number"));
        }
    }

    static @Nullable Path path(Caller caller, @Nullable String value) {
        return value == null ? null : caller.path(value);
    }
}
