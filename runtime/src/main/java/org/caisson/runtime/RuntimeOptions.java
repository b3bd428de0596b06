package org.caisson.runtime;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a runtime keeps its things and finds its helpers.
 *
 * @param root state directory, {@code /run/caisson} by default
 * @param stage the {@code caisson-stage} binary
 * @param keeperCommand the command line that runs {@link ContainerRuntime#keep}; the runtime appends its arguments
 * @param systemdCgroup cgroup paths have systemd's form {@code slice:prefix:name}
 * @param resident who keeps detached containers in this process; null if each has one of its own
 * @param layers who opens layers of images that the kernel cannot mount
 */
public record RuntimeOptions(
        Path root,
        Path stage,
        List<String> keeperCommand,
        boolean systemdCgroup,
        VirtualLayers layers,
        @Nullable ResidentKeepers resident) {
    /** Where state lives unless told otherwise. */
    public static final Path DEFAULT_ROOT = Path.of("/run/caisson");

    public RuntimeOptions {
        keeperCommand = List.copyOf(keeperCommand);
    }

    /** Options of which the kernel can mount all layers. */
    public RuntimeOptions(Path root, Path stage, List<String> keeperCommand, boolean systemdCgroup) {
        this(root, stage, keeperCommand, systemdCgroup, VirtualLayers.NONE, null);
    }

    public RuntimeOptions withLayers(VirtualLayers others) {
        return new RuntimeOptions(root, stage, keeperCommand, systemdCgroup, others, resident);
    }

    public RuntimeOptions withKeeperCommand(List<String> command) {
        return new RuntimeOptions(root, stage, command, systemdCgroup, layers, resident);
    }

    /** Options by which detached containers live in this process. */
    public RuntimeOptions withResident(ResidentKeepers keepers) {
        return new RuntimeOptions(root, stage, keeperCommand, systemdCgroup, layers, keepers);
    }

    /** Options with the default root. */
    public static RuntimeOptions of(Path stage, List<String> keeperCommand) {
        return new RuntimeOptions(DEFAULT_ROOT, stage, keeperCommand, false);
    }
}
