package org.caisson.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.caisson.image.lazy.Arrived;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.registry.RegistryOptions;
import org.caisson.image.store.ErofsLayer;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import org.caisson.runtime.ContainerException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** What the commands for images have in common: the store that they work on, and how they tell of failures. */
abstract class ImageVerb extends Verb {
    ImageVerb(String word) {
        super("image " + word);
    }

    @Override
    final CommandSpec model() {
        CommandSpec spec = describe();
        spec.addOption(
                Model.value("DIR", "Where images are kept (default: " + ImageStore.DEFAULT_ROOT + ").", "--store"));
        return spec;
    }

    /** The model without what all have. */
    abstract CommandSpec describe();

    @Override
    final int run(Caller caller, GlobalOptions globals, Arguments given) throws UsageException, ContainerException {
        try {
            return run(given);
        } catch (ContainerException e) {
            throw e;
        } catch (IOException e) {
            throw new ContainerException(Words.of(e), e);
        }
    }

    abstract int run(Arguments given) throws UsageException, IOException;

    static void addFormat(CommandSpec spec) {
        spec.addOption(
                Model.choice("FORMAT", List.of("table", "json"), "Print a table (default) or json.", "-f", "--format"));
    }

    static void addPlatform(CommandSpec spec) {
        spec.addOption(Model.value(
                "OS/ARCH", "Which of the images of one name to take (default: for this machine).", "--platform"));
    }

    static void addMirrors(CommandSpec spec) {
        spec.addOption(Model.values(
                "REGISTRY=HOST", "Ask HOST before the registry: docker.io=mirror.example.org.", "--mirror"));
    }

    static void addTls(CommandSpec spec) {
        spec.addOption(Model.value(
                "FILE",
                "Believe the certificates in FILE too, as *.crt in /etc/containers/certs.d/HOST and /etc/docker/certs.d/HOST. There"
                        + " lie NAME.cert and NAME.key as well, which are shown to a registry that asks who we are.",
                "--tls-ca"));
        spec.addOption(Model.choice(
                "BOOL",
                List.of("true", "false"),
                "Whether the certificates of registries are looked at (default: true).",
                "--tls-verify"));
    }

    static ImageStore store(Arguments given) throws IOException {
        return ImageStore.open(storeRoot(given), new ErofsLayer());
    }

    static Path storeRoot(Arguments given) {
        String root = given.value("--store");
        return root == null ? ImageStore.DEFAULT_ROOT : Path.of(root);
    }

    static Platform platform(Arguments given) throws UsageException {
        String text = given.value("--platform");
        try {
            return text == null ? Platform.host() : Platform.parse(text);
        } catch (ImageFormatException e) {
            throw new UsageException("invalid --platform: " + e.getMessage());
        }
    }

    static Reference reference(String text) throws UsageException {
        try {
            return Reference.parse(text);
        } catch (ImageFormatException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    static RegistryOptions registryOptions(Arguments given) throws UsageException {
        Map<String, List<String>> mirrors = new LinkedHashMap<>();
        for (String mirror : given.values("--mirror")) {
            int equals = mirror.indexOf('=');
            if (equals <= 0 || equals == mirror.length() - 1) {
                throw UsageException.invalid("--mirror", mirror, "give REGISTRY=HOST");
            }
            mirrors.computeIfAbsent(mirror.substring(0, equals), registry -> new ArrayList<>())
                    .add(mirror.substring(equals + 1));
        }
        return tls(given, RegistryOptions.DEFAULT.withMirrors(mirrors));
    }

    /** The options with what is said of certificates. */
    static RegistryOptions tls(Arguments given, RegistryOptions options) {
        String authority = given.value("--tls-ca");
        return options.withTls(
                authority == null ? null : Path.of(authority).toAbsolutePath(),
                !"false".equals(given.value("--tls-verify")));
    }

    static String time(java.time.@Nullable Instant instant) {
        return instant == null ? "" : instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** What there is to say of an image, as JSON in maps. */
    static Map<String, Object> describe(ImageStore store, StoredImage image) throws IOException {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", image.name().familiar());
        json.put("id", image.id().toString());
        json.put("digest", image.descriptor().digest().toString());
        if (image.index() != null) {
            json.put("index", image.index().toString());
        }
        json.put("platform", image.config().platform().toString());
        json.put("created", time(image.config().created()));
        json.put("stored", time(image.stored()));
        json.put("size", image.manifest().size());
        json.put("here", Arrived.of(store, image).bytes());
        json.put(
                "layers",
                image.manifest().layers().stream().map(Descriptor::json).toList());
        return json;
    }
}
