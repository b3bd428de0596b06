package org.caisson.image.erofs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.caisson.image.layer.LayerWriter;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.DifferenceOptions;
import org.caisson.vfs.difference.RandomTree;
import org.caisson.vfs.difference.TestTree;
import org.caisson.vfs.difference.TreeDifference;
import org.caisson.vfs.difference.TreeListing;
import org.caisson.vfs.difference.TreeUpdate;
import org.caisson.vfs.erofs.ErofsFileSystem;
import org.caisson.vfs.erofs.ErofsLayout;
import org.caisson.vfs.erofs.Images;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of tar archives, as fsck.erofs, the kernel and our reader see them. {@code -Dcaisson.erofs.seeds=N} makes more trees. */
class TarToImageTest {
    private static final int SEEDS = Integer.getInteger("caisson.erofs.seeds", 12);

    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final MappedPageStore store = MappedPageStore.anonymous();

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        store.close();
    }

    private TestTree memory() {
        MemFileSystem fileSystem = new MemFileSystem(MemOptions.DEFAULT.withMode(0755), store);
        return new TestTree(vfs, vfs.newMountNamespace(fileSystem).root());
    }

    private byte[] tarOf(TestTree tree) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TreeDifference difference =
                TreeDifference.between(memory().subtree(), tree.subtree(), DifferenceOptions.DEFAULT)) {
            LayerWriter.write(difference, out);
        }
        return out.toByteArray();
    }

    private Path imageOf(InputStream tar, String name, ErofsProfile profile) throws IOException {
        return write(name, profile, writer -> TarImport.archive(new BufferedInputStream(tar, 1 << 16), writer));
    }

    /** Tells a writer of entries. */
    @FunctionalInterface
    private interface Told {
        void to(ErofsWriter writer) throws IOException;
    }

    private Path write(String name, ErofsProfile profile, Told told) throws IOException {
        Path image = directory.resolve(name);
        try (ErofsImageFile file = ErofsImageFile.in(directory);
                ErofsWriter writer = new ErofsWriter(file, profile, Long.MAX_VALUE)) {
            told.to(writer);
            writer.finish();
            file.publish(image);
        }
        return image;
    }

    private static void assertSeenAlike(Path image) throws Exception {
        Images.run("fsck.erofs", "--extract", image.toString());
        Images.assertSeenAlike(image);
    }

    @Test
    void anyTreeComesThroughATar() throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            TestTree tree = memory();
            new RandomTree(tree, new Random(seed)).change(200);
            Path image = imageOf(new ByteArrayInputStream(tarOf(tree)), "image" + seed, ErofsProfile.DEFAULT);
            assertSeenAlike(image);
            try (ErofsFileSystem ours = Images.open(image)) {
                TestTree read = new TestTree(vfs, vfs.newMountNamespace(ours).root());
                assertThat(TreeListing.of(read, false)).as("seed " + seed).isEqualTo(TreeListing.of(tree, false));
            }
        }
    }

    @Test
    void anyTreeComesByItself() throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            TestTree tree = memory();
            new RandomTree(tree, new Random(seed)).change(200);
            Path image = write("tree" + seed, ErofsProfile.DEFAULT, writer -> TreeImport.tree(tree.subtree(), writer));
            assertSeenAlike(image);
            try (ErofsFileSystem ours = Images.open(image)) {
                TestTree read = new TestTree(vfs, vfs.newMountNamespace(ours).root());
                assertThat(TreeListing.of(read)).as("seed " + seed).isEqualTo(TreeListing.of(tree));
            }
        }
    }

    @Test
    void theSameTarGivesTheSameBytes() throws Exception {
        TestTree tree = memory();
        new RandomTree(tree, new Random(3)).change(300);
        byte[] tar = tarOf(tree);
        Path one = imageOf(new ByteArrayInputStream(tar), "one", ErofsProfile.DEFAULT);
        Path other = imageOf(new ByteArrayInputStream(tar), "other", ErofsProfile.DEFAULT);
        assertThat(Files.mismatch(one, other)).isEqualTo(-1);
    }

    @Test
    void aPlainImageIsReadWithoutAnyFeature() throws Exception {
        TestTree tree = memory();
        new RandomTree(tree, new Random(5)).change(300);
        Path image = imageOf(new ByteArrayInputStream(tarOf(tree)), "plain", ErofsProfile.PLAIN);
        assertSeenAlike(image);
        byte[] bytes = Files.readAllBytes(image);
        int features = ErofsLayout.SUPERBLOCK + ErofsLayout.SB_FEATURE_INCOMPAT;
        assertThat(Arrays.copyOfRange(bytes, features, features + Integer.BYTES))
                .containsOnly(0);
    }

    /** Changes as a layer, put over the image of what was before by the kernel's overlayfs. */
    @Test
    void layersAreWhatOverlayfsKnows() throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            TestTree before = memory();
            new RandomTree(before, new Random(seed)).change(150);
            TestTree after = memory();
            try (TreeDifference difference =
                    TreeDifference.between(after.subtree(), before.subtree(), DifferenceOptions.DEFAULT)) {
                TreeUpdate.apply(difference, after.subtree());
            }
            new RandomTree(after, new Random(-seed)).change(60);
            Path lower = imageOf(new ByteArrayInputStream(tarOf(before)), "lower" + seed, ErofsProfile.DEFAULT);
            ByteArrayOutputStream layer = new ByteArrayOutputStream();
            try (TreeDifference difference =
                    TreeDifference.between(before.subtree(), after.subtree(), DifferenceOptions.DEFAULT)) {
                LayerWriter.write(difference, layer);
            }
            Path upper = write(
                    "upper" + seed,
                    ErofsProfile.DEFAULT,
                    writer -> TarImport.layer(new ByteArrayInputStream(layer.toByteArray()), writer));
            assertSeenAlike(upper);
            String wanted = TreeListing.of(after, false).toString();
            String shown = Images.mounted(lower, low -> Images.mounted(upper, up -> overlaid(low, up)));
            assertThat(shown).as("seed " + seed).isEqualTo(wanted);
        }
    }

    private String overlaid(String lower, String upper) throws Exception {
        Path mountPoint = Files.createTempDirectory(directory, "overlay");
        String options = "lowerdir=" + upper + ":" + lower;
        MountCalls.mount("overlay", mountPoint.toString(), "overlay", MountFlags.MS_RDONLY, options);
        try (HostFileSystem host = HostFileSystem.open(mountPoint.toString(), HostOptions.DEFAULT)) {
            TestTree tree = new TestTree(vfs, vfs.newMountNamespace(host).root());
            return TreeListing.of(tree, false).toString();
        } finally {
            MountCalls.umount2(mountPoint.toString(), 0);
        }
    }
}
