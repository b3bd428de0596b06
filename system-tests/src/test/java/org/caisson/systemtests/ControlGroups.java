package org.caisson.systemtests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The control groups of a process on the host, by controller; the empty name is the unified hierarchy. */
record ControlGroups(Map<String, Path> directories) {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    /** Lines of {@code /proc/PID/cgroup}: {@code 4:cpu,cpuacct:/path}. */
    static ControlGroups of(String pid) throws IOException {
        var found = new HashMap<String, Path>();
        for (var line : Files.readAllLines(Path.of("/proc", pid, "cgroup"))) {
            var parts = line.split(":", 3);
            var path = parts[2].substring(1);
            for (var controller : parts[1].split(",", -1)) {
                found.put(controller, ROOT.resolve(parts[1]).resolve(path));
            }
        }
        return new ControlGroups(found);
    }

    /** Whether the controller has a hierarchy of version 1. */
    boolean has(String controller) {
        return directories.containsKey(controller);
    }

    private Path directory(String controller) {
        var payload = Objects.requireNonNull(directories.get(controller), controller);
        return Objects.requireNonNull(payload.getParent(), "the group with the limits is above");
    }

    String value(String controller, String file) throws IOException {
        return Files.readString(directory(controller).resolve(file)).strip();
    }

    Optional<String> valueIfThere(String controller, String file) throws IOException {
        return Files.exists(directory(controller).resolve(file))
                ? Optional.of(value(controller, file))
                : Optional.empty();
    }
}
