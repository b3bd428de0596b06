package org.caisson.cli;

import java.nio.file.Path;
import java.util.List;
import org.caisson.runtime.spec.LayerOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * How an image becomes the root of a container.
 *
 * @param kernel who serves its files
 * @param storage where what is written is kept: {@code memory}, {@code disk}, or a directory on disk
 */
record RootOptions(RootKernel kernel, String storage) {
    /** What has no effect but on an image. */
    static final List<String> NAMES = List.of("--kernel", "--storage");

    private static final String MEMORY = "memory";
    private static final String DISK = "disk";
    private static final String DIRECTORY = "containers";

    static void add(CommandSpec spec) {
        spec.addOption(RootKernel.option());
        spec.addOption(Model.value(
                "WHERE",
                "Where to keep what is written over an image: memory (default), disk (in " + DIRECTORY
                        + " beside the store), or a directory on disk. On disk it stays until the container is"
                        + " removed.",
                "--storage"));
    }

    static RootOptions of(Arguments given) throws UsageException {
        @Nullable String storage = given.value("--storage");
        if (storage != null && !storage.equals(MEMORY) && !storage.equals(DISK) && !storage.startsWith("/")) {
            throw UsageException.invalid("--storage", storage, "it can be memory, disk, or a directory from / on");
        }
        return new RootOptions(RootKernel.of(given.value("--kernel")), storage == null ? MEMORY : storage);
    }

    /** In the words of the runtime. */
    LayerOptions of(Path store, List<String> volumes) {
        LayerOptions.Server server = switch (kernel) {
            case HOST -> LayerOptions.Server.HOST;
            case FUSE -> LayerOptions.Server.FUSE;
            case AUTO -> LayerOptions.Server.AUTO;
        };
        boolean memory = storage.equals(MEMORY);
        String place =
                memory || storage.equals(DISK) ? store.resolveSibling(DIRECTORY).toString() : storage;
        return new LayerOptions(server, place, !memory, volumes);
    }
}
