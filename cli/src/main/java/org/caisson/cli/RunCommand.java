package org.caisson.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.caisson.image.lazy.LazyRun;
import org.caisson.image.store.ImageStore;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerIds;
import org.caisson.runtime.RunRequest;
import org.caisson.runtime.SpecBuilder;
import org.caisson.runtime.spec.ProcessSpec;
import org.caisson.runtime.spec.Spec;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson run}: a container of an image, of a root directory, or of an OCI bundle. */
final class RunCommand extends Verb {
    /** What only makes sense where we write the specification, not the bundle. */
    private static final List<String> SHAPE = List.of(
            "--env",
            "--env-file",
            "--workdir",
            "--volume",
            "--tmpfs",
            "--hostname",
            "--read-only",
            "--memory",
            "--memory-swap",
            "--cpus",
            "--cpu-shares",
            "--cpuset-cpus",
            "--pids-limit",
            "--network",
            "--cap-add",
            "--cap-drop",
            "--ulimit",
            "--security-opt",
            "--entrypoint",
            "--tty",
            "--init",
            "--fetch-timeout");

    static final String PATIENCE = "--fetch-timeout";

    RunCommand() {
        super("run");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(
                name(),
                "Run a program in a new container: of an image, of a root directory, or of an OCI bundle. "
                        + "What it writes over an image is gone afterwards. Engines call run [-b DIR] ID.");
        spec.addOption(Model.value("DIR", "Use DIR as the root of the container.", "--rootfs"));
        spec.addOption(Model.value(
                "DIR",
                "Run an image of this store (default: " + ImageStore.DEFAULT_ROOT + "), also if a bundle is here.",
                "--store"));
        RootOptions.add(spec);
        spec.addOption(Model.value(
                "SECONDS",
                "How long a read waits for data that a lazy pull has left in the registry, before it fails (default: "
                        + LazyRun.PATIENCE_SECONDS + ").",
                PATIENCE));
        BundleOptions.addToRun(spec);
        ContainerOptions.addAttachment(spec);
        ContainerOptions.addShape(spec);
        spec.addPositional(Model.operand(
                "0..*",
                "0..*",
                "[IMAGE] COMMAND",
                "The image, if it is one, then the program and its arguments (default: what image or bundle"
                        + " say, else sh)."));
        spec.parser().stopAtPositional(true);
        return spec;
    }

    @Override
    boolean forwardsSignals() {
        return true;
    }

    /** An image is pinned, and its missing parts are fetched, by who runs it. */
    @Override
    boolean residesWith(Caller caller, Arguments given) {
        return given.value("--rootfs") != null || !isImage(caller, given);
    }

    private static boolean isImage(Caller caller, Arguments given) {
        return given.given("--store") || (!hasBundle(given) && !Files.exists(caller.path("config.json")));
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        String rootfs = given.value("--rootfs");
        for (String option : RootOptions.NAMES) {
            if (given.given(option) && (rootfs != null || hasBundle(given))) {
                throw new UsageException("run: " + option + " has an effect on an image only");
            }
        }
        if (rootfs == null) {
            if (isImage(caller, given)) {
                return runImage(caller, globals, given);
            }
            return runBundle(caller, globals, given);
        }
        if (given.given("--store")) {
            throw new UsageException("run: give either --rootfs or --store, not both");
        }
        if (hasBundle(given)) {
            throw new UsageException("run: give either --rootfs or --bundle, not both");
        }
        Path root = caller.path(rootfs).normalize();
        if (!Files.isDirectory(root)) {
            throw UsageException.invalid(
                    "--rootfs", rootfs, Files.exists(root) ? "it is not a directory" : "there is no such directory");
        }
        SpecBuilder spec = SpecBuilder.rootfs(root);
        List<String> command = ContainerOptions.command(given, 0);
        if (!command.isEmpty()) {
            spec.args(command);
        }
        ContainerOptions.applyTerminal(caller, given, spec);
        ContainerOptions.apply(caller, given, spec);
        RunRequest.Builder request = RunRequest.ofSpec(ContainerOptions.id(given), spec.build())
                .remove(remove(given))
                .anyId(given.value("--name") == null)
                .init(given.flag("--init"));
        return Launch.run(caller, globals, given, request, given.flag("--interactive"));
    }

    private static int runImage(Caller caller, GlobalOptions globals, Arguments given)
            throws UsageException, ContainerException {
        if (hasBundle(given)) {
            throw new UsageException("run: give either --bundle or --store, not both");
        }
        if (given.operands().isEmpty()) {
            throw new UsageException("run: nothing to run: give an IMAGE, --rootfs DIR or --bundle DIR");
        }
        RootOptions root = RootOptions.of(given);
        String place = given.value("--store");
        Path store =
                place == null ? ImageStore.DEFAULT_ROOT : caller.path(place).normalize();
        Duration patience = patience(given.value(PATIENCE));
        try (ImageContainer image = ImageContainer.find(store, given.operands().getFirst());
                LazyLayers layers = new LazyLayers(image, patience)) {
            SpecBuilder spec =
                    image.specification(ContainerOptions.command(given, 1), given.value("--entrypoint") != null, root);
            ContainerOptions.applyTerminal(caller, given, spec);
            ContainerOptions.apply(caller, given, spec);
            RunRequest.Builder request = RunRequest.ofSpec(ContainerOptions.id(given), spec.build())
                    .user(image.user())
                    .remove(remove(given))
                    .anyId(given.value("--name") == null)
                    .init(given.flag("--init"));
            return Launch.run(
                    caller,
                    image.keptBy(globals.runtimeOptions(caller).withLayers(layers), patience),
                    given,
                    request,
                    given.flag("--interactive"));
        }
    }

    /** How long a read may wait for a registry. */
    static Duration patience(@Nullable String seconds) throws UsageException {
        if (seconds == null) {
            return Duration.ofSeconds(LazyRun.PATIENCE_SECONDS);
        }
        if (!seconds.matches("[1-9][0-9]{0,5}")) {
            throw UsageException.invalid(PATIENCE, seconds, "give a whole number of seconds");
        }
        return Duration.ofSeconds(Long.parseLong(seconds));
    }

    private static boolean hasBundle(Arguments given) {
        return given.given("--bundle") || given.given("-b");
    }

    private static int runBundle(Caller caller, GlobalOptions globals, Arguments given)
            throws UsageException, ContainerException {
        for (String option : SHAPE) {
            if (given.flag(option) || given.given(option)) {
                throw new UsageException(
                        "run: " + option + " has no effect on a bundle: change its config.json, or use --rootfs");
            }
        }
        Path bundle = BundleOptions.bundle(caller, given);
        return asEngine(globals, given)
                ? runAsEngine(caller, globals, given, bundle)
                : runProgram(caller, globals, given, bundle);
    }

    /**
     * Whether {@code run} is called as engines call runc: {@code run [-b DIR] ID}, or with {@code --bundle} and things that
     * only engines say.
     */
    private static boolean asEngine(GlobalOptions globals, Arguments given) {
        return !given.given("--name")
                && given.operands().size() <= 1
                && (!given.given("--bundle") || globals.log() != null || BundleOptions.givenByEngine(given));
    }

    private static int runAsEngine(Caller caller, GlobalOptions globals, Arguments given, Path bundle)
            throws UsageException, ContainerException {
        List<String> operands = given.operands();
        String id = operands.isEmpty() ? ContainerIds.random() : ContainerIds.check(operands.getFirst());
        RunRequest.Builder request = BundleOptions.request(caller, id, bundle, given);
        BundleOptions.apply(caller, given, request);
        boolean remove = given.flag("--rm") || !(given.flag("--detach") || given.flag("--keep"));
        return Launch.run(caller, globals, given, request.remove(remove).anyId(operands.isEmpty()), true);
    }

    private static int runProgram(Caller caller, GlobalOptions globals, Arguments given, Path bundle)
            throws UsageException, ContainerException {
        Spec spec = PolicyOption.apply(caller, given, BundleOptions.read(bundle));
        ProcessSpec process = spec.process();
        List<String> command = given.operands();
        if (process != null && !command.isEmpty()) {
            process = process.withArgs(command);
            spec = spec.withProcess(process);
        }
        RunRequest.Builder request = RunRequest.ofBundle(ContainerOptions.id(given), bundle, spec);
        BundleOptions.apply(caller, given, request);
        // A terminal that the bundle asks for is of use only with somebody who types.
        boolean input = given.flag("--interactive") || (process != null && process.terminal());
        request.remove(remove(given)).anyId(given.value("--name") == null);
        return Launch.run(caller, globals, given, request, input);
    }

    /** A container that nobody named and nobody waits for would have no use for its leftovers. */
    private static boolean remove(Arguments given) {
        return given.flag("--rm") || (!given.flag("--detach") && given.value("--name") == null);
    }
}
