package org.caisson.cli;

import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerIds;
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
    boolean residesWith(Caller caller, Arguments given) {
        return true;
    }

    @Override
    int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        RunRequest.Builder request = BundleOptions.request(
                caller, ContainerIds.check(given.operand()), BundleOptions.bundle(caller, given), given);
        BundleOptions.apply(caller, given, request);
        request.pidFile(BundleOptions.path(caller, given.value("--pid-file")));
        new ContainerRuntime(globals.runtimeOptions(caller)).create(request.build(), caller.io());
        return 0;
    }
}
