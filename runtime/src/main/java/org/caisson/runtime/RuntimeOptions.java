package org.caisson.runtime;

import java.nio.file.Path;
import java.util.List;

/**
 * Where a runtime keeps its things and finds its helpers.
 *
 * @param root state directory, {@code /run/caisson} by default
 * @param stage the {@code caisson-stage} binary
 * @param keeperCommand the command line that runs {@link ContainerRuntime#keep}; the runtime appends its arguments
 * @param systemdCgroup cgroup paths have systemd's form {@code slice:prefix:name}
 * @param layers who opens layers of images that the kernel cannot mount
 */
public record RuntimeOptions(
        Path root, Path stage, List<String> keeperCommand, boolean systemdCgroup, VirtualLayers layers) {
    /** Where state lives unless told otherwise. */
    public static final Path DEFAULT_ROOT = Path.of("/run/caisson");

    public RuntimeOptions {
        keeperCommand = List.copyOf(keeperCommand);
    }

    /** Options of which the kernel can mount all layers. */
    public RuntimeOptions(Path root, Path stage, List<String> keeperCommand, boolean systemdCgroup) {
        this(root, stage, keeperCommand, systemdCgroup, VirtualLayers.NONE);
    }

    public RuntimeOptions withLayers(VirtualLayers others) {
        return new RuntimeOptions(root, stage, keeperCommand, systemdCgroup, others);
    }

    /** Options with the default root. */
    public static RuntimeOptions of(Path stage, List<String> keeperCommand) {
        return new RuntimeOptions(DEFAULT_ROOT, stage, keeperCommand, false);
    }
}
