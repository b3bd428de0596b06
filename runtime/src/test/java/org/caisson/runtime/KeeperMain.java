package org.caisson.runtime;

import java.nio.file.Path;
import java.util.List;

/** A keeper process, a container in the foreground, or a list of containers, in a JVM of its own. */
final class KeeperMain {
    private KeeperMain() {}

    public static void main(String[] args) throws ContainerException {
        List<String> rest = List.of(args).subList(2, args.length);
        ContainerRuntime runtime = new ContainerRuntime(TestHost.options(Path.of(args[1])));
        if (args[0].equals("keeper")) {
            System.exit(runtime.keep(rest));
        }
        if (args[0].equals("list")) {
            System.out.println(runtime.list());
            System.exit(0);
        }
        RunRequest request = RunRequest.ofBundle(rest.get(0), Path.of(rest.get(1)))
                .remove(true)
                .build();
        System.exit(runtime.run(request, ContainerIo.INHERIT));
    }
}
