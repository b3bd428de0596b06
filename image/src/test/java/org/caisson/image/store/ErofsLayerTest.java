package org.caisson.image.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Importer;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The layers of a stored image, mounted by the kernel one over the other, are the tree that umoci unpacks. */
class ErofsLayerTest {
    @TempDir
    private Path directory;

    @Test
    void aLayerThatIsThereStaysThoughItComesAgain() throws Exception {
        Host.run(directory, "sh", "-ec", "mkdir d; echo text > d/file; tar -C d -cf tar .; gzip -k tar");
        ImageStore store = ImageStore.open(directory.resolve("store"), new ErofsLayer());
        try (Work work = store.begin()) {
            Set<Object> seen = new HashSet<>();
            for (String name : new String[] {"tar", "tar.gz", "tar"}) {
                StagedLayer staged = work.stage(Files.newInputStream(directory.resolve(name)), _ -> {});
                work.publish(staged);
                Path layer = store.layer(staged.diffId());
                seen.add(Files.getAttribute(layer, "unix:ino"));
                seen.add(Files.getAttribute(Places.side(layer), "unix:ino"));
            }
            assertThat(seen).hasSize(2);
        }
    }

    @Test
    void kernelMountsLayersToTheTreeThatUmociUnpacks() throws Exception {
        Path layout = TestImages.layout(directory, 3, 70_000, 16);
        Path deleted = Files.createDirectory(directory.resolve("more"));
        Files.writeString(deleted.resolve("new"), "new");
        Host.run(directory, "umoci", "insert", "--image", "image:test", deleted.toString(), "/layer0/sub");
        Host.run(directory, "umoci", "insert", "--image", "image:test", "--whiteout", "/layer1/file1");
        Host.run(directory, "umoci", "insert", "--image", "image:test", "--opaque", deleted.toString(), "/layer2");
        ImageStore store = ImageStore.open(directory.resolve("store"), new ErofsLayer());
        StoredImage image = new Importer(store, Platform.host(), ImageProgress.SILENT, null)
                .take(layout, Reference.parse("example"));
        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
        Host.run(directory, "umoci", "unpack", "--image", "image:test", "bundle");

        List<Path> mounted = new ArrayList<>();
        try {
            List<String> lower = new ArrayList<>();
            for (Digest diffId : image.config().diffIds()) {
                Path place = Files.createDirectory(directory.resolve("lower" + lower.size()));
                MountCalls.mount(store.layer(diffId).toString(), place.toString(), "erofs", MountFlags.MS_RDONLY, "");
                mounted.add(place);
                lower.add(place.toString());
            }
            Collections.reverse(lower);
            Path merged = Files.createDirectory(directory.resolve("merged"));
            MountCalls.mount(
                    "overlay",
                    merged.toString(),
                    "overlay",
                    MountFlags.MS_RDONLY,
                    "lowerdir=" + String.join(":", lower));
            mounted.add(merged);
            assertThat(merged.resolve("layer1/file1")).doesNotExist();
            assertThat(merged.resolve("layer2/file2")).doesNotExist();
            assertThat(Host.run(directory, "diff", "-r", "--no-dereference", "merged", "bundle/rootfs"))
                    .isEmpty();
        } finally {
            Collections.reverse(mounted);
            for (Path place : mounted) {
                MountCalls.umount2(place.toString(), MountFlags.MNT_DETACH);
            }
        }
    }
}
