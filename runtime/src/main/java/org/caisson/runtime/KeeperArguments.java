package org.caisson.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.runtime.spec.ImageFile;
import org.jspecify.annotations.Nullable;

/** A request as the arguments of a keeper's command line, and back. */
final class KeeperArguments {
    private KeeperArguments() {}

    static List<String> write(RunRequest request) {
        List<String> list = new ArrayList<>();
        list.add(request.id());
        add(list, "bundle", ContainerRuntime.bundle(request).toString());
        add(list, "user", request.user());
        add(list, "console-socket", absolute(request.consoleSocket()));
        add(list, "pid-file", absolute(request.pidFile()));
        list.add("preserve-fds=" + request.preserveFds());
        if (request.remove()) {
            list.add("remove=true");
        }
        if (request.init()) {
            list.add("init=true");
        }
        if (request.anyDirectory()) {
            list.add("directory=any");
        }
        if (request.hostRoot()) {
            list.add("root=host");
        }
        for (ImageFile layer : request.layers()) {
            list.add("layer=" + layer.path());
            layer.devices().forEach(device -> list.add("device=" + device));
        }
        return list;
    }

    private static @Nullable String absolute(@Nullable Path path) {
        return path == null ? null : path.toAbsolutePath().toString();
    }

    private static void add(List<String> list, String name, @Nullable String value) {
        if (value != null) {
            list.add(name + "=" + value);
        }
    }

    static RunRequest read(List<String> arguments) throws ContainerException {
        if (arguments.isEmpty()) {
            throw new ContainerException("a keeper must be told which container it keeps");
        }
        Path bundle = Path.of("/");
        for (String argument : arguments) {
            if (argument.startsWith("bundle=")) {
                bundle = Path.of(argument.substring("bundle=".length()));
            }
        }
        RunRequest.Builder builder = RunRequest.ofBundle(ContainerIds.check(arguments.get(0)), bundle);
        builder.detach(true);
        for (String argument : arguments.subList(1, arguments.size())) {
            int equals = argument.indexOf('=');
            String name = equals < 0 ? argument : argument.substring(0, equals);
            String value = argument.substring(equals + 1);
            switch (name) {
                case "bundle" -> {
                    // Taken above.
                }
                case "user" -> builder.user(value);
                case "console-socket" -> builder.consoleSocket(Path.of(value));
                case "pid-file" -> builder.pidFile(Path.of(value));
                case "preserve-fds" -> builder.preserveFds((int) Math.max(0, Numbers.parse(value)));
                case "remove" -> builder.remove(true);
                case "init" -> builder.init(true);
                case "directory" -> builder.anyDirectory(value.equals("any"));
                case "root" -> builder.hostRoot(value.equals("host"));
                case "layer" -> builder.layer(new ImageFile(value));
                case "device" -> builder.device(value);
                default -> throw new ContainerException("a keeper does not know the argument " + name);
            }
        }
        return builder.build();
    }
}
