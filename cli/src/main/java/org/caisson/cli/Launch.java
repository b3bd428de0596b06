package org.caisson.cli;

import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerRuntime;
import org.caisson.runtime.RunRequest;
import org.caisson.runtime.RuntimeOptions;
import org.caisson.runtime.spec.JsonWriter;

/** The common end of {@code do} and {@code run}: in the foreground with signals and terminal handed on, or detached. */
final class Launch {
    private Launch() {}

    /** @param input whether the program gets our standard input when it is in the foreground */
    static int run(Caller caller, GlobalOptions globals, Arguments given, RunRequest.Builder builder, boolean input)
            throws UsageException, ContainerException {
        return run(caller, globals.runtimeOptions(caller), given, builder, input);
    }

    /** The same with options that were made for this container. */
    static int run(Caller caller, RuntimeOptions options, Arguments given, RunRequest.Builder builder, boolean input)
            throws UsageException, ContainerException {
        String format = ContainerOptions.format(given);
        String user = given.value("--user");
        if (user != null) {
            builder.user(user);
        }
        RunRequest request = builder.pidFile(BundleOptions.path(caller, given.value("--pid-file")))
                .detach(given.flag("--detach"))
                .build();
        ContainerRuntime runtime = new ContainerRuntime(options);
        if (!request.detach()) {
            try (Foreground foreground = new Foreground(caller, input).unnamed(request.remove() && request.anyId())) {
                try {
                    return runtime.run(request, foreground);
                } catch (ContainerException e) {
                    return foreground.statusOf(e);
                }
            }
        }
        // Whoever is told to end while the keeper works leaves it alone: it takes everything back.
        caller.leaveSignals();
        int status = runtime.run(request, caller.io());
        if (status == 0) {
            print(caller, request.id(), "json".equals(format));
        }
        return status;
    }

    private static void print(Caller caller, String id, boolean json) {
        caller.out()
                .println(
                        json
                                ? new JsonWriter()
                                        .beginObject()
                                        .field("id", id)
                                        .endObject()
                                        .toString()
                                : id);
    }
}
