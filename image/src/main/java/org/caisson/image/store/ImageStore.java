package org.caisson.image.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageConfig;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.LayerIndex;
import org.caisson.image.oci.Manifest;
import org.caisson.image.oci.Reference;
import org.jspecify.annotations.Nullable;

/** The images on this host, in a directory. Safe for several threads and processes. */
public final class ImageStore {
    /** Where they are unless somebody says otherwise. */
    public static final Path DEFAULT_ROOT = Path.of("/var/lib/caisson/images");

    /** A file among a layer's parts that says that they are not needed any more. */
    public static final String WHOLE = "whole";

    private static final int BRIEFEST_ID = 4;
    private static final Set<String> PARTS =
            Set.of("blobs", "diffs", "layers", "merged", "lazy", "prefetch", "references", "work", "locks", "lock");

    private final Places places;
    private final LayerConverter converter;

    private ImageStore(Places places, LayerConverter converter) {
        this.places = places;
        this.converter = converter;
    }

    /**
     * Opens a store, and makes it if there is none.
     *
     * @throws ImageException if the directory holds other things
     */
    public static ImageStore open(Path root, LayerConverter converter) throws IOException {
        Places places = new Places(root.toAbsolutePath().normalize(), converter.format(), converter.mergedFormat());
        try {
            if (!Files.exists(places.mark())) {
                make(places);
            }
            String version = Files.readString(places.mark());
            if (!version.equals(Places.VERSION)) {
                throw new ImageException("cannot open the image store " + places.root()
                        + ": it is of another version of Caisson; choose another place with --store");
            }
            makeDirectories(places);
            return new ImageStore(places, converter);
        } catch (IOException e) {
            throw StoreFailure.of(e, "open the image store " + places.root(), places.root());
        }
    }

    private static void make(Places places) throws IOException {
        Durable.directories(places.root());
        refuseOtherThings(places); // before the lock, which may be a file of somebody else's
        try (StoreLock _ = StoreLock.take(places.lock())) {
            if (Files.exists(places.mark())) {
                return;
            }
            makeDirectories(places);
            Path mark = Files.createTempFile(places.work(), "mark", "");
            Files.delete(mark);
            Durable.write(mark, Places.VERSION.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            Durable.publish(mark, places.mark());
        }
    }

    private static void refuseOtherThings(Places places) throws IOException {
        try (DirectoryStream<Path> there = Files.newDirectoryStream(places.root())) {
            for (Path one : there) {
                String name = String.valueOf(one.getFileName());
                if (!PARTS.contains(name) && !one.equals(places.mark())) {
                    throw new ImageException("cannot make an image store of " + places.root()
                            + ": it holds other things, such as " + name + "; choose an empty directory with --store");
                }
            }
        }
    }

    private static void makeDirectories(Places places) throws IOException {
        for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
            Durable.directories(places.blobs().resolve(algorithm.prefix()));
            Durable.directories(places.diffs().resolve(algorithm.prefix()));
            Durable.directories(places.layers().resolve(algorithm.prefix()));
            if (!places.mergedFormat().isEmpty()) {
                Durable.directories(places.merged().resolve(algorithm.prefix()));
            }
        }
        Durable.directories(places.allParts());
        Durable.directories(places.prefetches());
        Durable.directories(places.references());
        Durable.directories(places.work());
        Durable.directories(places.locks());
    }

    Places places() {
        return places;
    }

    LayerConverter converter() {
        return converter;
    }

    /** Where it lies. */
    public Path root() {
        return places.root();
    }

    /** Begins to add or to use something. */
    public Work begin() throws IOException {
        return Work.begin(this);
    }

    List<StoredName> names() throws IOException {
        List<StoredName> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(places.references())) {
            for (Path file : files) {
                try {
                    names.add(StoredName.read(file));
                } catch (NoSuchFileException e) {
                    // Removed meanwhile.
                }
            }
        }
        names.sort(Comparator.comparing(one -> one.name().toString()));
        return names;
    }

    StoredImage image(StoredName name) throws IOException {
        String place = "manifest of " + name.name();
        Manifest manifest =
                Manifest.parse(document(name.manifest(), place), name.manifest().mediaType(), place);
        String configPlace = "configuration of " + name.name();
        ImageConfig config = ImageConfig.parse(document(manifest.config(), configPlace), configPlace);
        if (config.diffIds().size() != manifest.layers().size()) {
            throw new ImageFormatException(
                    configPlace + " has " + config.diffIds().size() + " diff_ids for "
                            + manifest.layers().size() + " layers");
        }
        return new StoredImage(name.name(), name.manifest(), name.index(), name.stored(), manifest, config);
    }

    /**
     * The image of a manifest, which somebody keeps in the store, though its name may be gone.
     *
     * @param name what it was called
     * @throws ImageException if the manifest is not there any more
     */
    public StoredImage image(Reference name, Digest manifest) throws IOException {
        try {
            long size = Files.size(places.blob(manifest));
            byte[] text = document(new Descriptor("", manifest, size), "manifest " + manifest);
            Descriptor descriptor = new Descriptor(Manifest.typeOf(text, "manifest " + manifest), manifest, size);
            return image(new StoredName(name, descriptor, null, java.time.Instant.EPOCH));
        } catch (NoSuchFileException e) {
            throw new ImageException(
                    "the image " + name.familiar() + " (" + manifest.brief() + ") is not in " + places.root()
                            + " any more: pull or import it again",
                    e);
        }
    }

    private byte[] document(Descriptor descriptor, String what) throws IOException {
        if (descriptor.size() > Manifest.MOST_BYTES) {
            throw new ImageFormatException(what + " is longer than " + Manifest.MOST_BYTES + " bytes");
        }
        return Files.readAllBytes(places.blob(descriptor.digest()));
    }

    /** All images, in the order of their names. */
    public List<StoredImage> images() throws IOException {
        List<StoredImage> images = new ArrayList<>();
        for (StoredName name : names()) {
            StoredImage image = present(name);
            if (image != null) {
                images.add(image);
            }
        }
        return images;
    }

    /** The image of a name; null if that was removed meanwhile. */
    private @Nullable StoredImage present(StoredName name) throws IOException {
        try {
            return image(name);
        } catch (NoSuchFileException e) {
            if (!Files.exists(places.reference(name.name()))) {
                return null;
            }
            throw damaged(name, "it needs " + e.getMessage() + ", which is not there", e);
        } catch (ImageFormatException e) {
            throw damaged(name, e.getMessage(), e);
        }
    }

    private static ImageException damaged(StoredName name, @Nullable String why, IOException cause) {
        return new ImageException(
                "the image " + name.name().familiar() + " is damaged: " + why
                        + "; remove it by its name, and pull or import it again",
                cause);
    }

    /**
     * The image of a name, or of the first digits (four at least) of the digest of its configuration or manifest.
     *
     * <p>Other images do not matter, not even if they are damaged.
     *
     * @throws ImageException if there is none, or more than one
     */
    public StoredImage find(String nameOrId) throws IOException {
        List<StoredName> names = names();
        Reference reference = reference(nameOrId);
        if (reference != null) {
            for (StoredName name : names) {
                if (isCalled(name, reference)) {
                    StoredImage image = present(name);
                    if (image != null) {
                        return image;
                    }
                }
            }
        }
        List<StoredImage> found = new ArrayList<>();
        for (StoredName name : names) {
            try {
                StoredImage image = present(name);
                if (image != null && hasId(image, nameOrId)) {
                    found.add(image);
                }
            } catch (ImageException e) {
                // Whoever asks for it by its name is told.
            }
        }
        if (found.isEmpty()) {
            throw new ImageException("no image " + nameOrId + " in " + places.root() + ": caisson image pull "
                    + nameOrId + " fetches it, caisson image ls lists what there is");
        }
        if (found.stream().map(StoredImage::descriptor).distinct().count() > 1) {
            throw new ImageException(
                    "there are several images whose digest begins with " + nameOrId + ": give more of it");
        }
        return found.getFirst();
    }

    /**
     * The name of an image, given as for {@link #find}. What is called so may be damaged, or not be there.
     *
     * @throws ImageException if there is no such name
     */
    public Reference name(String nameOrId) throws IOException {
        Reference reference = reference(nameOrId);
        return reference != null && Files.exists(places.reference(reference))
                ? reference
                : find(nameOrId).name();
    }

    private static @Nullable Reference reference(String text) {
        try {
            return Reference.parse(text);
        } catch (ImageFormatException e) {
            return null;
        }
    }

    private static boolean isCalled(StoredName stored, Reference name) {
        if (stored.name().equals(name)) {
            return true;
        }
        Digest digest = name.digest();
        return digest != null
                && stored.name().registry().equals(name.registry())
                && stored.name().repository().equals(name.repository())
                && (digest.equals(stored.manifest().digest()) || digest.equals(stored.index()));
    }

    private static boolean hasId(StoredImage image, String id) {
        if (id.indexOf(':') >= 0) {
            return image.id().toString().equals(id)
                    || image.descriptor().digest().toString().equals(id);
        }
        return id.length() >= BRIEFEST_ID
                && (image.id().hex().startsWith(id)
                        || image.descriptor().digest().hex().startsWith(id));
    }

    /** The bytes of a blob of an image. */
    public InputStream open(Descriptor blob) throws IOException {
        if (parts(blob) != null && !Files.exists(places.blob(blob.digest()))) {
            throw new ImageException("the layer " + blob.digest().brief()
                    + " has not come in whole: caisson image pull of its image completes it");
        }
        return Files.newInputStream(places.blob(blob.digest()));
    }

    /** The directory of a layer of which only parts have come, by its blob; null if there is none. */
    public @Nullable Path parts(Descriptor blob) {
        Digest key = LayerIndex.key(blob);
        Path parts = key == null ? null : places.parts(key);
        return parts != null && Files.isDirectory(parts) ? parts : null;
    }

    /** Where it is noted what to fetch first of a layer. */
    public Path prefetch(Digest key) {
        return places.prefetches().resolve(key.hex());
    }

    /** Whether a layer is there in whole. */
    public boolean has(Digest diffId) {
        return Files.exists(places.layer(diffId));
    }

    /** The file of a converted layer. */
    public Path layer(Digest diffId) {
        return places.layer(diffId);
    }

    /** Whether the file of a converted layer can only be used merged with the layers below it: see {@link LayerConverter#needsLower}. */
    public boolean needsLower(Path layer) throws IOException {
        return converter.needsLower(layer);
    }

    /** What the layers of an image have in common; nothing if the store does not keep digests of files. */
    public Repetition repetition(StoredImage image) throws IOException {
        return Repetition.of(image.config().diffIds().stream()
                .distinct()
                .map(diffId -> Places.side(places.layer(diffId)))
                .toList());
    }

    /** Takes a name away; the image stays until what nobody needs is collected. False if there is no such name. */
    public boolean remove(Reference name) throws IOException {
        return Collector.removeName(this, name);
    }

    /** Removes what no name, and nobody at work, needs. */
    public Collected collect() throws IOException {
        try {
            return Collector.collect(this);
        } catch (ImageException e) {
            throw e;
        } catch (IOException e) {
            throw StoreFailure.of(e, "remove what is not needed", places.root());
        }
    }

    /**
     * What is wrong with an image, each in a sentence; nothing if all its bytes are what they should be. There must be room for the
     * largest layer once more.
     */
    public List<String> verify(StoredImage image, ImageProgress progress) throws IOException {
        try (Work work = begin()) {
            return new Verification(this, work, progress).run(image);
        } catch (IOException e) {
            throw StoreFailure.of(e, "convert the layers of an image again", places.root());
        }
    }
}
