package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Podman with crun, with a store of its own that goes with the workspace. */
final class Podman {
    private static final String UNIFIED = "/sys/fs/cgroup/unified";

    /** What it needs where limits cannot be raised, and no journal is. */
    private static final String CONFIGURATION = """
            [containers]
            default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
            log_driver = "k8s-file"
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "none"
            runtime = "crun"
            """;

    private final Path directory;

    private Podman(Path directory) {
        this.directory = directory;
    }

    static Podman in(Workspace workspace) throws IOException {
        Path directory = workspace.directory("podman");
        Files.writeString(directory.resolve("containers.conf"), CONFIGURATION);
        workspace.onClose(
                () -> Programs.run(List.of("sh", "-c", "umount -l \"$0\"/root/overlay || true", directory.toString())));
        return new Podman(directory);
    }

    /** Takes an image out of a layout; returns its id. */
    String pull(Path layout, String name) throws IOException {
        return Programs.run(command("pull", "-q", "oci:" + layout + ":" + name)).strip();
    }

    /** What is to be run for one of its commands. */
    List<String> command(String... words) {
        List<String> command = new ArrayList<>(List.of(
                "env",
                "CONTAINERS_CONF=" + directory.resolve("containers.conf"),
                "podman",
                "--root",
                directory + "/root",
                "--runroot",
                directory + "/run",
                "--storage-driver",
                "overlay"));
        command.addAll(List.of(words));
        return command;
    }

    /** What is to stand before a command that runs containers: with both cgroup versions in sight crun refuses to work, so it sees the first alone. */
    static List<String> surroundings() {
        if (!Files.exists(Path.of(UNIFIED, "cgroup.controllers"))) {
            return List.of();
        }
        return List.of("unshare", "-m", "sh", "-c", "umount " + UNIFIED + " && exec \"$@\"", "sh");
    }
}
