package org.caisson.cli;

import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerIds;
import org.caisson.runtime.ContainerIo;
import org.caisson.runtime.ContainerRuntime;
import org.caisson.runtime.RunRequest;
import picocli.CommandLine.Model.CommandSpec;

/** {@code caisson create}: a container of a bundle whose program waits for {@code start}. */
final class CreateCommand extends Verb {
    CreateCommand() {
        super("create");
    }

    @Override
    CommandSpec model() {
        CommandSpec spec =
                Model.command(name(), "Create a container of an OCI bundle; its program runs when it is started.");
        BundleOptions.add(spec);
        spec.addOption(Model.value("FILE", "Write the process id of the program to FILE.", "--pid-file"));
        spec.addPositional(Model.operand("0", "1", "ID", "Name of the container."));
        return spec;
    }

    @Override
    int run(GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        RunRequest.Builder request =
                BundleOptions.request(ContainerIds.check(given.operand()), BundleOptions.bundle(given), given);
        BundleOptions.apply(given, request);
        request.pidFile(BundleOptions.path(given.value("--pid-file")));
        new ContainerRuntime(globals.runtimeOptions()).create(request.build(), ContainerIo.INHERIT);
        return 0;
    }
}
