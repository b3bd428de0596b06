package org.caisson.image.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.store.Host;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.PlainTar;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.TestImages;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images made by umoci and skopeo go in, and come out as skopeo takes them, with the digests that they had. */
class ImportAndExportTest {
    @TempDir
    private Path directory;

    private ImageStore store;

    @BeforeEach
    void open() throws IOException {
        store = ImageStore.open(directory.resolve("store"), new PlainTar());
    }

    private Importer importer() {
        return new Importer(store, Platform.host(), ImageProgress.SILENT, null);
    }

    private static Reference name(String text) throws IOException {
        return Reference.parse(text);
    }

    private String digestBySkopeo(String image) throws Exception {
        return Host.run(directory, "skopeo", "inspect", "--format", "{{.Digest}}", image)
                .strip();
    }

    @Test
    void layoutGoesInAndComesOutWithTheSameDigest() throws Exception {
        Path layout = TestImages.layout(directory, 3, 100_000, 1);
        StoredImage image = importer().take(layout, name("example"));

        assertThat(image.descriptor().digest().toString()).isEqualTo(digestBySkopeo("oci:" + layout + ":test"));
        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
        assertThat(store.images()).hasSize(1);
        assertThat(image.config().process().environment()).contains("WHO=caisson");
        assertThat(image.config().process().user()).isEqualTo("65534");

        Path out = directory.resolve("out");
        new LayoutWriter(store, image).writeDirectory(out);
        assertThat(digestBySkopeo("oci:" + out + ":latest"))
                .isEqualTo(image.descriptor().digest().toString());
        Host.run(directory, "skopeo", "copy", "oci:" + out + ":latest", "oci:again:x");
        Host.run(directory, "umoci", "unpack", "--image", "again:x", "bundle");
        assertThat(Files.size(directory.resolve("bundle/rootfs/layer2/file2"))).isEqualTo(100_000);
    }

    @Test
    void archiveOfOciGoesInAndComesOut() throws Exception {
        Path layout = TestImages.layout(directory, 2, 50_000, 2);
        Host.run(directory, "skopeo", "copy", "oci:" + layout + ":test", "oci-archive:a.tar:test");
        StoredImage image = importer().take(directory.resolve("a.tar"), name("example:v1"));
        assertThat(image.descriptor().digest().toString()).isEqualTo(digestBySkopeo("oci-archive:a.tar:test"));

        Path out = directory.resolve("out.tar");
        try (OutputStream stream = Files.newOutputStream(out)) {
            new LayoutWriter(store, image).writeArchive(stream);
        }
        assertThat(digestBySkopeo("oci-archive:out.tar:v1"))
                .isEqualTo(image.descriptor().digest().toString());
        // As docker load would read it.
        Host.run(directory, "skopeo", "copy", "docker-archive:out.tar", "oci:again:x");
        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "gzip", "zstd"})
    void archiveComesFromAPipe(String compression) throws Exception {
        Path layout = TestImages.layout(directory, 2, 50_000, 3);
        Host.run(directory, "skopeo", "copy", "oci:" + layout + ":test", "oci-archive:a.tar:test");
        Path archive = directory.resolve("a.tar");
        if (!compression.isEmpty()) {
            Host.run(directory, "sh", "-c", compression + " -c a.tar > compressed");
            archive = directory.resolve("compressed");
        }
        try (InputStream in = Files.newInputStream(archive)) {
            StoredImage image = importer().take(in, "standard input", name("example"));
            assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
            assertThat(image.descriptor().digest().toString()).isEqualTo(digestBySkopeo("oci:" + layout + ":test"));
        }
    }

    @Test
    void archiveOfDockerSaveKeepsTheImageId() throws Exception {
        Path layout = TestImages.layout(directory, 3, 50_000, 4);
        Host.run(directory, "skopeo", "copy", "oci:" + layout + ":test", "docker-archive:d.tar:example/app:v2");
        StoredImage image = importer().take(directory.resolve("d.tar"), null);
        assertThat(image.name().familiar()).isEqualTo("example/app:v2");
        String config = Host.run(directory, "skopeo", "inspect", "--raw", "docker-archive:d.tar");
        assertThat(config).contains(image.id().toString());
        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
        new LayoutWriter(store, image).writeDirectory(directory.resolve("out"));
        Host.run(directory, "umoci", "unpack", "--image", "out:v2", "bundle");
        assertThat(directory.resolve("bundle/rootfs/layer2/file2")).exists();
    }

    @Test
    void rootDirectoryIsAnImageOfOneLayer() throws Exception {
        Path root = Files.createDirectories(directory.resolve("rootfs/etc"));
        Files.writeString(root.resolve("hostname"), "box\n");
        Files.createSymbolicLink(root.resolve("link"), Path.of("hostname"));
        Files.createLink(root.resolve("same"), root.resolve("hostname"));
        StoredImage image = importer().take(directory.resolve("rootfs"), name("made/here"));
        assertThat(image.manifest().layers()).hasSize(1);
        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
        new LayoutWriter(store, image).writeDirectory(directory.resolve("out"));
        Host.run(directory, "umoci", "unpack", "--image", "out:latest", "bundle");
        assertThat(Host.run(directory, "diff", "-r", "rootfs", "bundle/rootfs")).isEmpty();
    }

    @Test
    void archiveOfARootDirectoryIsAnImageOfOneLayer() throws Exception {
        Path root = Files.createDirectories(directory.resolve("rootfs/etc"));
        Files.writeString(root.resolve("hostname"), "box\n");
        Host.run(directory, "tar", "-C", "rootfs", "-c", "-z", "-f", "r.tar.gz", ".");
        StoredImage image = importer().take(directory.resolve("r.tar.gz"), name("made/here"));
        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
        assertThatThrownBy(() -> importer().take(directory.resolve("r.tar.gz"), null))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("give a name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "zstd"})
    void layersAreUnpackedHoweverTheyAreCompressed(String compression) throws Exception {
        Path layout = TestImages.layout(directory, 2, 300_000, 5);
        Host.run(
                directory,
                "skopeo",
                "copy",
                "--dest-compress-format",
                compression,
                "--dest-compress",
                "oci:" + layout + ":test",
                "dir:plain");
        Host.run(directory, "skopeo", "copy", "--dest-compress-format", compression, "dir:plain", "oci:other:test");
        StoredImage image = importer().take(directory.resolve("other"), name("example"));
        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
    }

    @Test
    void indexIsGoneThroughForThePlatform() throws Exception {
        Path layout = TestImages.layout(directory, 1, 1000, 6);
        Host.run(directory, "umoci", "config", "--image", "image:test", "--tag", "arm", "--architecture", "arm64");
        assertThatThrownBy(() ->
                        new Importer(store, Platform.host(), ImageProgress.SILENT, "arm").take(layout, name("example")))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("--platform linux/arm64");
        StoredImage arm = new Importer(store, Platform.parse("arm64"), ImageProgress.SILENT, "arm")
                .take(layout, name("example:arm"));
        assertThat(arm.config().platform().architecture()).isEqualTo("arm64");
        assertThatThrownBy(() -> importer().take(layout, name("example")))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("--select");
    }

    @Test
    void changedBlobIsRefusedAndLeavesNothing() throws Exception {
        Path layout = TestImages.layout(directory, 2, 100_000, 7);
        Path changed = largest(layout);
        byte[] content = Files.readAllBytes(changed);
        content[content.length / 2] ^= 1;
        Files.write(changed, content);
        assertThatThrownBy(() -> importer().take(layout, name("example")))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("its content is another one");
        nothingIsLeftButFinishedLayers();
    }

    @Test
    void cutOffBlobIsRefusedAndLeavesNothing() throws Exception {
        Path layout = TestImages.layout(directory, 2, 100_000, 8);
        Path cut = largest(layout);
        byte[] content = Files.readAllBytes(cut);
        Files.write(cut, java.util.Arrays.copyOf(content, content.length - 10));
        assertThatThrownBy(() -> importer().take(layout, name("example")))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("it ends after " + (content.length - 10) + " of " + content.length + " bytes");
        nothingIsLeftButFinishedLayers();
    }

    private static Path largest(Path layout) throws IOException {
        try (var blobs = Files.list(layout.resolve("blobs/sha256"))) {
            return blobs.max(java.util.Comparator.comparingLong(
                            path -> path.toFile().length()))
                    .orElseThrow();
        }
    }

    private void nothingIsLeftButFinishedLayers() throws IOException {
        assertThat(store.images()).isEmpty();
        try (var work = Files.list(store.root().resolve("work"))) {
            assertThat(work).isEmpty();
        }
        store.collect();
        for (String part : List.of("blobs/sha256", "layers/tar/sha256", "diffs/sha256")) {
            try (var files = Files.list(store.root().resolve(part))) {
                assertThat(files).isEmpty();
            }
        }
    }

    @Test
    void whatTheConfigurationSaysOfAnotherLayerIsRefused() throws Exception {
        Path layout = TestImages.layout(directory, 2, 1000, 9);
        StoredImage image = importer().take(layout, name("example"));
        Descriptor first = image.manifest().layers().getFirst();
        Digest second = image.config().diffIds().get(1);
        try (var work = store.begin()) {
            assertThatThrownBy(() -> work.layer(first, second, store::open, ImageProgress.SILENT))
                    .isInstanceOf(ImageException.class)
                    .hasMessageContaining("the configuration says " + second);
        }
    }

    @Test
    void whatNobodyNeedsIsCollectedAndSharedLayersStay() throws Exception {
        Path layout = TestImages.layout(directory, 3, 10_000, 10);
        Host.run(directory, "umoci", "config", "--image", "image:test", "--tag", "other", "--config.user", "root");
        Importer test = new Importer(store, Platform.host(), ImageProgress.SILENT, "test");
        Importer other = new Importer(store, Platform.host(), ImageProgress.SILENT, "other");
        StoredImage first = test.take(layout, name("example:test"));
        StoredImage second = other.take(layout, name("example:other"));
        assertThat(store.remove(first.name())).isTrue();
        assertThat(store.collect().files()).isEqualTo(2); // manifest and configuration
        assertThat(store.verify(second, ImageProgress.SILENT)).isEmpty();
        try (var work = store.begin()) {
            work.use(second);
            assertThat(store.remove(second.name())).isTrue();
            assertThat(store.collect().files()).isZero();
            assertThat(store.verify(second, ImageProgress.SILENT)).isEmpty();
        }
        assertThat(store.collect().files()).isEqualTo(8);
        nothingIsLeftButFinishedLayers();
    }
}
