package org.caisson.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.ProcessDefaults;
import org.caisson.image.oci.Reference;
import org.caisson.image.store.ErofsLayer;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.MergedLayers;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.Work;
import org.caisson.runtime.ContainerException;
import org.caisson.runtime.ContainerState;
import org.caisson.runtime.RuntimeOptions;
import org.caisson.runtime.SpecBuilder;
import org.caisson.runtime.spec.ImageFile;

/** An image of the store that a container runs from. Its layers stay in the store until this is closed, though its name may go. */
record ImageContainer(ImageStore store, StoredImage image, Work use) implements AutoCloseable {

    /** {@code conversion.md} of the OCI image specification. */
    static final String STOP_SIGNAL = "org.opencontainers.image.stopSignal";

    private static final String EXPOSED_PORTS = "org.opencontainers.image.exposedPorts";
    private static final String STORE = "org.caisson.image.store";
    private static final String NAME = "org.caisson.image.name";
    private static final String MANIFEST = "org.caisson.image.manifest";

    /** The image that a container runs from, though its name may be gone; by what {@link #specification} noted. */
    static ImageContainer of(ContainerState state) throws ContainerException {
        String root = state.annotations().get(STORE);
        String name = state.annotations().get(NAME);
        String manifest = state.annotations().get(MANIFEST);
        if (root == null || name == null || manifest == null) {
            throw new ContainerException(
                    ContainerException.Kind.WRONG_STATE,
                    "container " + state.id() + " does not run from an image: there is nothing to compare it with");
        }
        try {
            return of(Path.of(root), Reference.parse(name), Digest.parse(manifest));
        } catch (IOException e) {
            throw new ContainerException(Words.of(e), e);
        }
    }

    /** The image of a manifest, though its name may be gone, for whoever knows that it is in use. */
    static ImageContainer of(Path root, Reference name, Digest manifest) throws ContainerException {
        try {
            ImageStore store = ImageStore.open(root, new ErofsLayer());
            StoredImage image = store.image(name, manifest);
            Work use = store.begin();
            try {
                use.use(image);
                return new ImageContainer(store, image, use);
            } catch (IOException | RuntimeException e) {
                use.close();
                throw e;
            }
        } catch (IOException e) {
            throw new ContainerException(Words.of(e), e);
        }
    }

    /** Looks an image up, without making a store where there is none. */
    static ImageContainer find(Path root, String nameOrId) throws ContainerException {
        try {
            if (!Files.isDirectory(root)) {
                throw new ImageException("no image " + nameOrId + ", for there is no image store " + root
                        + ": caisson image pull " + nameOrId + " fetches it");
            }
            ImageStore store = ImageStore.open(root, new ErofsLayer());
            Work use = store.begin();
            try {
                StoredImage image = store.find(nameOrId);
                use.use(image);
                return new ImageContainer(store, image, use);
            } catch (IOException | RuntimeException e) {
                use.close();
                throw e;
            }
        } catch (IOException e) {
            throw new ContainerException(Words.of(e), e);
        }
    }

    /** A specification of what the image says, with the command that replaces its own unless it is empty. */
    SpecBuilder specification(List<String> command, boolean ownEntrypoint, RootOptions options)
            throws UsageException, ContainerException {
        if (image.config().diffIds().isEmpty()) {
            throw new UsageException("run: the image " + image.name().familiar() + " has no layers, so no program");
        }
        ProcessDefaults process = image.config().process();
        SpecBuilder spec = SpecBuilder.layers(layers()).args(arguments(process, command, ownEntrypoint));
        spec.layerOptions(options.of(store.root(), process.volumes()));
        for (String assignment : process.environment()) {
            if (assignment.indexOf('=') > 0) {
                spec.env(assignment);
            }
        }
        if (!process.workingDirectory().isEmpty()) {
            String directory = process.workingDirectory();
            spec.cwd(directory.startsWith("/") ? directory : "/" + directory);
        }
        process.labels().forEach(spec::annotation);
        if (!process.exposedPorts().isEmpty()) {
            spec.annotation(EXPOSED_PORTS, String.join(",", process.exposedPorts()));
        }
        spec.annotation(STORE, store.root().toString());
        spec.annotation(NAME, image.name().toString());
        spec.annotation(MANIFEST, image.descriptor().digest().toString());
        if (!process.stopSignal().isEmpty()) {
            spec.annotation(STOP_SIGNAL, process.stopSignal());
        }
        return spec;
    }

    private List<ImageFile> layers() throws ContainerException {
        try {
            List<ImageFile> layers = new ArrayList<>();
            for (MergedLayers one : files()) {
                List<String> devices =
                        one.devices().stream().map(Path::toString).toList();
                layers.add(new ImageFile(one.file().toString(), devices));
            }
            return layers;
        } catch (IOException e) {
            throw new ContainerException(Words.of(e), e);
        }
    }

    /** All layers as one file system, one mount whatever their number; but each by itself, the uppermost first, if data is still to come. */
    List<MergedLayers> files() throws IOException {
        List<Digest> diffIds = image.config().diffIds();
        if (diffIds.isEmpty()) {
            return List.of();
        }
        if (diffIds.stream().allMatch(store::has)) {
            return List.of(use.merged(image));
        }
        List<MergedLayers> layers = new ArrayList<>();
        for (int number = diffIds.size(); number > 0; number--) {
            MergedLayers layer = layer(number);
            if (layer.file().equals(store.layer(diffIds.get(number - 1))) && store.needsLower(layer.file())) {
                throw new ImageException(
                        "layer " + number + " of " + image.name().familiar()
                                + " has hard links to files of layers below it, so that all of them have to be there: caisson image pull "
                                + image.name().familiar() + " fetches them");
            }
            layers.add(layer);
        }
        return layers;
    }

    /** One layer by itself, in whole or the directory of its parts; 1 is the lowest. */
    MergedLayers layer(int number) {
        Digest diffId = image.config().diffIds().get(number - 1);
        Path parts =
                store.has(diffId) ? null : store.parts(image.manifest().layers().get(number - 1));
        return new MergedLayers(parts == null ? store.layer(diffId) : parts, List.of());
    }

    private List<String> arguments(ProcessDefaults process, List<String> command, boolean ownEntrypoint)
            throws UsageException {
        List<String> arguments = new ArrayList<>();
        if (!ownEntrypoint) {
            arguments.addAll(process.entrypoint());
            arguments.addAll(command.isEmpty() ? process.command() : command);
        } else {
            arguments.addAll(command);
        }
        if (arguments.isEmpty()) {
            throw new UsageException("run: the image " + image.name().familiar() + " names no program: give a COMMAND");
        }
        return arguments;
    }

    /** Whom the program runs as unless the caller says. */
    String user() {
        String user = image.config().process().user();
        return user.isEmpty() ? "0" : user;
    }

    /** The same options, but that a keeper uses the image as well. */
    RuntimeOptions keptBy(RuntimeOptions options, Duration patience) {
        List<String> keeper = new ArrayList<>(options.keeperCommand());
        keeper.addAll(List.of(KeeperCommand.STORE, store.root().toString()));
        Digest manifest = image.descriptor().digest();
        keeper.addAll(
                List.of(KeeperCommand.IMAGE, image.name().withDigest(manifest).toString()));
        keeper.addAll(List.of(RunCommand.PATIENCE, Long.toString(patience.toSeconds())));
        return options.withKeeperCommand(keeper);
    }

    @Override
    public void close() throws ContainerException {
        try {
            use.close();
        } catch (IOException e) {
            throw new ContainerException(Words.of(e), e);
        }
    }
}
