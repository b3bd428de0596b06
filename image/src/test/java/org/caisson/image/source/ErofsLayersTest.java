package org.caisson.image.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.function.UnaryOperator;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageConfig;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.Index;
import org.caisson.image.oci.Manifest;
import org.caisson.image.oci.MediaType;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.store.ErofsLayer;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.LayeredArchive;
import org.caisson.image.store.MergedLayers;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.Work;
import org.caisson.vfs.erofs.ErofsLayout;
import org.caisson.vfs.erofs.ImageFacts;
import org.caisson.vfs.erofs.Images;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images whose layers are EROFS images. */
class ErofsLayersTest {
    private static final String SCRIPT = """
            mkdir -p 0/dir/sub 1/dir 1/new
            head -c 100000 /dev/urandom > 0/dir/large; echo small > 0/dir/sub/small; cp 0/dir/large 0/copy
            ln -s large 0/dir/link; mknod 0/dir/null c 1 3; setfattr -n user.x -v y 0/dir/large
            : > 1/.wh.copy; : > 1/new/.wh..wh..opq; echo two > 1/dir/two; echo new > 1/new/file
            """;

    /** What mkfs.erofs makes: attributes, small and large files, holes, a device. */
    private static final String TREE = """
            mkdir -p tree/dir; head -c 9000 /dev/urandom > tree/dir/tailed; head -c 8192 /dev/urandom > tree/whole
            echo small > tree/small; ln tree/small tree/linked; ln -s small tree/link; mkfifo tree/pipe
            setfattr -n user.a -v b tree/dir; truncate -s 200000 tree/holes; echo x >> tree/holes
            """;

    @TempDir
    private Path directory;

    private ImageStore store(String name) throws IOException {
        return ImageStore.open(directory.resolve(name), new ErofsLayer());
    }

    private static StoredImage take(ImageStore store, Path from) throws IOException {
        return new Importer(store, Platform.host(), ImageProgress.SILENT, null).take(from, Reference.parse("example"));
    }

    private static SortedMap<String, String> tree(ImageStore store, StoredImage image) throws Exception {
        try (Work work = store.begin()) {
            work.use(image);
            MergedLayers merged = work.merged(image);
            return Images.mounted(
                    merged.file(), ImageFacts::ofKernel, merged.devices().toArray(Path[]::new));
        }
    }

    @Test
    void anImageExportedWithErofsLayersIsTheSameTreeAgain() throws Exception {
        ImageStore first = store("first");
        StoredImage image = take(first, LayeredArchive.make(directory, SCRIPT, 2));
        SortedMap<String, String> expected = tree(first, image);
        Path layout = directory.resolve("layout");
        LayoutWriter.withErofsLayers(first, image).writeDirectory(layout);
        Path archive = directory.resolve("exported.tar");
        try (OutputStream out = Files.newOutputStream(archive)) {
            LayoutWriter.withErofsLayers(first, image).writeArchive(out);
        }
        assertThat(layout.resolve("index.json")).content().contains("\"os.features\":[\"erofs\"]");
        Digest exported = null;
        for (Path from : new Path[] {layout, archive}) {
            ImageStore second = store("of-" + from.getFileName());
            StoredImage again = take(second, from);
            assertThat(again.manifest().layers())
                    .extracting(Descriptor::mediaType)
                    .containsOnly("application/vnd.erofs.layer.v1+zstd");
            assertThat(tree(second, again)).isEqualTo(expected);
            assertThat(second.verify(again, ImageProgress.SILENT)).isEmpty();
            assertThat(second.repetition(again)).isEqualTo(first.repetition(image));
            // The same image gives the same bytes.
            assertThat(exported == null ? again.id() : exported).isEqualTo(again.id());
            exported = again.id();
        }
    }

    private Path layout(Path layer, String mediaType) throws IOException {
        byte[] blob = Files.readAllBytes(layer);
        Path layout = Files.createTempDirectory(directory, "layout");
        byte[] config =
                ImageConfig.ofOneLayer(Platform.host(), java.time.Instant.EPOCH, Digest.of(blob), "made by mkfs.erofs");
        Descriptor configBlob = put(layout, MediaType.OCI_CONFIG, config);
        Descriptor layerBlob = put(layout, mediaType, blob);
        byte[] manifest = new Manifest(configBlob, java.util.List.of(layerBlob)).toJson();
        byte[] index = new Index(java.util.List.of(put(layout, MediaType.OCI_MANIFEST, manifest))).toJson();
        Files.write(layout.resolve("index.json"), index);
        Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\": \"1.0.0\"}");
        return layout;
    }

    private static Descriptor put(Path layout, String type, byte[] content) throws IOException {
        Digest digest = Digest.of(content);
        Path file = layout.resolve("blobs/sha256/" + digest.hex());
        Files.createDirectories(java.util.Objects.requireNonNull(file.getParent()));
        Files.write(file, content);
        return new Descriptor(type, digest, content.length);
    }

    private Path make(String... options) throws IOException {
        Images.run("sh", "-ec", "cd " + directory + "; rm -rf tree; " + TREE);
        Path image = Files.createTempDirectory(directory, "made").resolve("image");
        return Images.make(image, directory.resolve("tree"), options);
    }

    @Test
    void imagesOfOtherMakersAreLayers() throws Exception {
        for (String[] options : new String[][] {{}, {"--chunksize=4096"}, {"-x-1"}, {"-Eforce-inode-extended"}}) {
            Path image = make(options);
            ImageStore store = store("store" + String.join("", options));
            StoredImage taken = take(store, layout(image, "application/vnd.oci.image.layer.v1.erofs"));
            assertThat(tree(store, taken)).isEqualTo(Images.mounted(image, ImageFacts::ofKernel));
            assertThat(store.verify(taken, ImageProgress.SILENT)).isEmpty();
            assertThat(store.layer(taken.config().diffIds().getFirst())).hasSameBinaryContentAs(image);
        }
    }

    @Test
    void whatCannotBeALayerIsRefused() throws Exception {
        refused(make("-zlz4"), "compressed in itself");
        refused(
                changed(make(), bytes -> {
                    bytes[257] = 'u';
                    bytes[258] = 's';
                    bytes[259] = 't';
                    bytes[260] = 'a';
                    bytes[261] = 'r';
                    return bytes;
                }),
                "tar archive as well");
        refused(
                changed(make(), bytes -> {
                    bytes[3] = 1;
                    return bytes;
                }),
                "does not begin with zeros");
        // What says that it is compressed though no file is, and what has structures that nobody looked at: the kernel
        // would.
        for (int feature : new int[] {0x2, 0x10, ErofsLayout.INCOMPAT_FRAGMENTS}) {
            refused(changed(make(), bytes -> withFeature(bytes, feature)), "compressed in itself");
        }
        refused(changed(make(), bytes -> withFeature(bytes, ErofsLayout.INCOMPAT_DEVICE_TABLE)), "no layer needs");
        refused(changed(make(), bytes -> java.util.Arrays.copyOf(bytes, 4096)), "makes no sense");
        refused(changed(make(), bytes -> java.util.Arrays.copyOf(bytes, 100)), "too small");
        Images.run(
                "sh",
                "-ec",
                "cd " + directory + "; rm -rf tree; mkdir tree; echo 1 > tree/file;"
                        + " setfattr -n trusted.overlay.redirect -v /etc tree/file");
        Path image = Images.make(directory.resolve("redirect"), directory.resolve("tree"));
        refused(image, "trusted.overlay.redirect");
    }

    @Test
    void anImageThatIsSaidToBeAnArchiveIsNone() throws Exception {
        ImageStore store = store("store");
        Path image = make();
        Path lie = layout(image, MediaType.OCI_LAYER);
        assertThatThrownBy(() -> take(store, lie))
                .isInstanceOf(ImageFormatException.class)
                .hasMessageContaining("EROFS image");
        StoredImage taken = take(store, layout(image, MediaType.EROFS_LAYER));
        assertThat(tree(store, taken)).isEqualTo(Images.mounted(image, ImageFacts::ofKernel));
    }

    private static byte[] withFeature(byte[] bytes, int feature) {
        MemorySegment block =
                MemorySegment.ofArray(bytes).asSlice(ErofsLayout.SUPERBLOCK, 4096 - ErofsLayout.SUPERBLOCK);
        block.set(
                ErofsLayout.U32,
                ErofsLayout.SB_FEATURE_INCOMPAT,
                block.get(ErofsLayout.U32, ErofsLayout.SB_FEATURE_INCOMPAT) | feature);
        block.set(ErofsLayout.U32, ErofsLayout.SB_CHECKSUM, ErofsLayout.checksum(block));
        return bytes;
    }

    private static Path changed(Path image, UnaryOperator<byte[]> change) throws IOException {
        Files.write(image, change.apply(Files.readAllBytes(image)));
        return image;
    }

    private void refused(Path image, String why) throws IOException {
        ImageStore store = store("refusing");
        Path layout = layout(image, MediaType.EROFS_LAYER);
        assertThatThrownBy(() -> take(store, layout))
                .isInstanceOf(ImageFormatException.class)
                .hasMessageContaining(why);
    }
}
