package org.caisson.image.registry;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Intake;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.PlainTar;
import org.jspecify.annotations.Nullable;

/** A process that pulls an image. Arguments: store, name, and a file of certificates if there is one. */
final class Puller {
    private Puller() {}

    public static void main(String[] args) throws Exception {
        ImageStore store = ImageStore.open(Path.of(args[0]), new PlainTar());
        Reference name = Reference.parse(args[1]);
        RegistryOptions options =
                args.length < 3 ? RegistryOptions.DEFAULT : RegistryOptions.DEFAULT.withTls(Path.of(args[2]), true);
        try (Registry registry = Registry.forPull(name, options, new DockerCredentials(Path.of("/nonexistent")))) {
            new Intake(store, Platform.host(), ImageProgress.SILENT).take(registry.source(), name);
        }
    }

    static Process start(Path directory, Map<String, String> environment, Path store, String name, @Nullable Path ca)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Puller.class.getName(),
                store.toString(),
                name));
        if (ca != null) {
            command.add(ca.toString());
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("puller.log").toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }
}
