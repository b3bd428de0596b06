package org.caisson.image.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.caisson.image.erofs.ErofsFormatException;
import org.caisson.image.erofs.SideFile;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Importer;
import org.caisson.vfs.erofs.Images;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the store knows of the files in layers, against what the kernel reads there. */
class SideFileTest {
    private static final String SCRIPT = """
            mkdir -p 0/one 1/one
            head -c 3000000 /dev/urandom > 0/one/large; cp 0/one/large 0/copy; cp 0/one/large 0/one/third
            cp 0/one/large 1/again
            echo small > 0/small; echo small > 1/small; echo other > 1/other; : > 0/empty
            head -c 4097 /dev/urandom > 0/odd; cp 0/odd 0/odd2; ln 0/odd 0/odd3
            head -c 5000000 /dev/zero > 0/zeros
            truncate -s 1M 0/sparse; echo end >> 0/sparse
            """;

    @TempDir
    private Path directory;

    private ImageStore store() throws Exception {
        return ImageStore.open(directory.resolve("store"), new ErofsLayer());
    }

    private StoredImage take(ImageStore store) throws Exception {
        return new Importer(store, Platform.host(), ImageProgress.SILENT, null)
                .take(LayeredArchive.make(directory, SCRIPT, 2), Reference.parse("files"));
    }

    @Test
    void eachFileHasTheDigestOfWhatTheKernelReads() throws Exception {
        ImageStore store = store();
        StoredImage image = take(store);
        for (Digest diffId : image.config().diffIds()) {
            Path layer = store.layer(diffId);
            Map<Long, byte[]> expected = Images.mounted(layer, SideFileTest::digests);
            Map<Long, byte[]> told = new TreeMap<>();
            try (SideFile side = SideFile.open(Places.side(layer))) {
                assertThat(side.imageSize()).isEqualTo(Files.size(layer));
                for (int i = 0; i < side.count(); i++) {
                    told.put(side.nid(i), side.digest(i));
                }
            }
            assertThat(told).containsExactlyEntriesOf(expected);
        }
        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
    }

    private static Map<Long, byte[]> digests(String top) throws Exception {
        Map<Long, byte[]> digests = new TreeMap<>();
        try (Stream<Path> files = Files.walk(Path.of(top))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (Files.size(file) > 0 && !file.endsWith("sparse")) {
                    digests.put(
                            (Long) Files.getAttribute(file, "unix:ino"),
                            MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
                }
            }
        }
        return digests;
    }

    @Test
    void sameDataIsInALayerOnceAndCountedAcrossLayers() throws Exception {
        ImageStore store = store();
        StoredImage image = take(store);
        Path lower = store.layer(image.config().diffIds().getFirst());
        // One of the three large files, what is all zeros, and little more.
        assertThat(Files.size(lower)).isBetween(8_000_000L, 8_100_000L);
        Images.run("fsck.erofs", lower.toString());
        Images.assertSeenAlike(lower);
        // In the upper layer, the large file and the small one are what the lower layer has.
        assertThat(store.repetition(image)).isEqualTo(new Repetition(10, 17_000_000 + 6 * 3 + 2 * 4097, 2, 3_000_006));
    }

    @Test
    void whatIsNoSideFileIsRefused() throws Exception {
        ImageStore store = store();
        StoredImage image = take(store);
        Path side = Places.side(store.layer(image.config().diffIds().getFirst()));
        byte[] whole = Files.readAllBytes(side);
        List<byte[]> wrong = new ArrayList<>();
        for (int cut : new int[] {0, 1, 23, 24, 55, 56, whole.length - 1}) {
            wrong.add(java.util.Arrays.copyOf(whole, cut));
        }
        for (int at : new int[] {0, 7, 8, 11, 12, 15, 30, whole.length - 1}) {
            byte[] changed = whole.clone();
            changed[at] ^= (byte) 0x81;
            wrong.add(changed);
        }
        for (byte[] bytes : wrong) {
            Files.write(side, bytes);
            assertThatThrownBy(() -> SideFile.open(side)).isInstanceOf(ErofsFormatException.class);
        }
        assertThat(store.verify(image, ImageProgress.SILENT))
                .singleElement()
                .asString()
                .contains("digests of files");
    }
}
