package org.caisson.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerIds;
import org.caisson.runtime.RunRequest;
import org.caisson.runtime.SpecBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson run}: a container of a root directory, or of an OCI bundle. */
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
            "--init");

    RunCommand() {
        super("run");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec = Model.command(
                name(),
                "Create and start a container: of a root directory (--rootfs DIR COMMAND...), or of an OCI bundle (--bundle DIR [ID]).");
        spec.addOption(Model.value("DIR", "Use DIR as the root of the container.", "--rootfs"));
        BundleOptions.add(spec);
        spec.addOption(Model.hiddenFlag("--keep"));
        ContainerOptions.addAttachment(spec);
        ContainerOptions.addShape(spec);
        spec.addPositional(Model.operand(
                "0..*",
                "0..*",
                "ARG",
                "With --rootfs, the program and its arguments (default: sh); with --bundle, the container's name."));
        spec.parser().stopAtPositional(true);
        return spec;
    }

    @Override
    boolean forwardsSignals() {
        return true;
    }

    @Override
    int run(GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        String rootfs = given.value("--rootfs");
        if (rootfs == null) {
            if (given.value("--bundle") == null && !Files.exists(Path.of("config.json"))) {
                throw new UsageException("run: nothing to run: give --rootfs DIR or --bundle DIR");
            }
            return runBundle(globals, given);
        }
        if (given.value("--bundle") != null) {
            throw new UsageException("run: give either --rootfs or --bundle, not both");
        }
        Path root = Path.of(rootfs).toAbsolutePath().normalize();
        if (!Files.isDirectory(root)) {
            throw UsageException.invalid(
                    "--rootfs", rootfs, Files.exists(root) ? "it is not a directory" : "there is no such directory");
        }
        SpecBuilder spec = SpecBuilder.rootfs(root);
        List<String> command = ContainerOptions.command(given, 0);
        if (!command.isEmpty()) {
            spec.args(command);
        }
        ContainerOptions.apply(given, spec);
        ContainerOptions.applyTerminal(given, spec);
        boolean remove = given.flag("--rm") || (!given.flag("--detach") && given.value("--name") == null);
        RunRequest.Builder request = RunRequest.ofSpec(ContainerOptions.id(given), spec.build())
                .remove(remove)
                .init(given.flag("--init"));
        return Launch.run(globals, given, request);
    }

    private int runBundle(GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        for (String option : SHAPE) {
            if (given.flag(option) || given.given(option)) {
                throw new UsageException(
                        "run: " + option + " has no effect on a bundle: change its config.json, or use --rootfs");
            }
        }
        List<String> operands = given.operands();
        if (operands.size() > 1) {
            throw new UsageException(
                    "run: a bundle names its own program; give only the container's name after --bundle, or use --rootfs DIR "
                            + operands.getFirst() + " ...");
        }
        @Nullable String id = operands.isEmpty() ? null : operands.getFirst();
        Path bundle = BundleOptions.bundle(given);
        RunRequest.Builder request =
                RunRequest.ofBundle(id == null ? ContainerOptions.id(given) : ContainerIds.check(id), bundle);
        BundleOptions.apply(given, request);
        boolean remove = given.flag("--rm") || !given.flag("--detach");
        return Launch.run(globals, given, request.remove(remove));
    }
}
