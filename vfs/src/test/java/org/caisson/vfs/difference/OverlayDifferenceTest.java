package org.caisson.vfs.difference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.overlay.OverlayFileSystem;
import org.caisson.vfs.overlay.OverlayOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code -Dcaisson.difference.seeds=N} runs more seeds. */
class OverlayDifferenceTest {
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final MappedPageStore store = MappedPageStore.anonymous();
    private TestTree layers;

    @BeforeEach
    void makeLayers() throws ErrnoException {
        layers = memory();
        for (String name : List.of("l1", "l2", "upper", "work", "upper2", "work2", "copy")) {
            layers.mkdir(name);
        }
    }

    @AfterEach
    void freePages() {
        store.close();
    }

    private TestTree memory() {
        MemFileSystem fileSystem = new MemFileSystem(MemOptions.DEFAULT.withMode(0755), store);
        return new TestTree(vfs, vfs.newMountNamespace(fileSystem).root());
    }

    private OverlayFileSystem overlay(String upper, String work, OverlayOptions.Redirects redirects, boolean metacopy)
            throws ErrnoException {
        OverlayOptions options = OverlayOptions.builder()
                .lower(layers.in("l1").subtree().top())
                .lower(layers.in("l2").subtree().top())
                .upper(
                        layers.in(upper).subtree().top(),
                        layers.in(work).subtree().top())
                .redirects(redirects)
                .metacopy(metacopy)
                .build();
        return new OverlayFileSystem(vfs, Credentials.root(), options);
    }

    private TestTree tree(OverlayFileSystem overlay) {
        return new TestTree(vfs, vfs.newMountNamespace(overlay).root());
    }

    private static List<String> told(TreeDifference difference) throws ErrnoException {
        List<String> told = new ArrayList<>();
        for (TreeChange change = difference.next(); change != null; change = difference.next()) {
            told.add(change.getClass().getSimpleName() + " " + change.path());
        }
        return told;
    }

    private TreeDifference ofUpper(OverlayFileSystem overlay) throws ErrnoException {
        return TreeDifference.ofUpper(vfs, Credentials.root(), overlay, DifferenceOptions.DEFAULT);
    }

    @Test
    void whatIsNotInTheUpperLayerIsNotLookedAt() throws ErrnoException {
        layers.mkdir("l1/touched").write("l1/touched/f", "x").write("l1/touched/g", "x");
        layers.mkdir("l1/untouched")
                .write("l1/untouched/f", "x")
                .mkdir("l2/untouched")
                .write("l2/gone", "x");
        OverlayFileSystem overlay = overlay("upper", "work", OverlayOptions.Redirects.FOLLOW, false);
        tree(overlay).remove("gone").write("touched/f", "y");
        // Nobody may change a layer; who does can tell what was read again.
        layers.write("l2/untouched/sneaked", "x");
        try (TreeDifference difference = ofUpper(overlay)) {
            assertThat(told(difference))
                    .containsExactly("Modified ", "Removed gone", "Kept touched", "Modified touched/f");
        }
    }

    @Test
    void copiesOfLinkedFilesAreFoundInUntouchedDirectories() throws ErrnoException {
        layers.mkdir("l1/d").write("l1/d/f", "x").link("l1/d/f", "l1/g").allTimes(5);
        OverlayFileSystem overlay = overlay("upper", "work", OverlayOptions.Redirects.FOLLOW, false);
        tree(overlay).write("g", "y");
        try (TreeDifference difference = ofUpper(overlay)) {
            assertThat(told(difference)).containsExactly("Kept ", "Kept d", "Modified d/f", "Linked g");
        }
    }

    @Test
    void changesOfTheUpperLayerMakeTheLowerOnesIntoTheOverlay() throws ErrnoException {
        for (int seed = 0; seed < Integer.getInteger("caisson.difference.seeds", 60); seed++) {
            makeLayers();
            Random random = new Random(seed);
            new RandomTree(layers.in("l2"), random).change(50);
            new RandomTree(layers.in("l1"), random).change(40);
            boolean redirect = random.nextBoolean();
            OverlayFileSystem overlay = overlay(
                    "upper",
                    "work",
                    redirect ? OverlayOptions.Redirects.ON : OverlayOptions.Redirects.FOLLOW,
                    redirect && random.nextBoolean());
            TestTree lower = tree(overlay.withoutUpper());
            TestTree target = layers.in("copy");
            apply(TreeDifference.between(target.subtree(), lower.subtree(), DifferenceOptions.DEFAULT), target);
            assertThat(TreeListing.of(target)).as("seed %d, a copy", seed).isEqualTo(TreeListing.of(lower));

            TestTree merged = tree(overlay);
            new RandomTree(merged, random).change(1 + random.nextInt(50));
            apply(ofUpper(overlay), target);
            assertThat(TreeListing.of(target)).as("seed %d", seed).isEqualTo(TreeListing.of(merged));

            OverlayFileSystem second = overlay("upper2", "work2", OverlayOptions.Redirects.FOLLOW, false);
            TestTree other = tree(second);
            new RandomTree(other, random).change(1 + random.nextInt(50));
            apply(TreeDifference.between(merged.subtree(), other.subtree(), DifferenceOptions.DEFAULT), target);
            assertThat(TreeListing.of(target))
                    .as("seed %d, from overlay to overlay", seed)
                    .isEqualTo(TreeListing.of(other));
        }
    }

    private static void apply(TreeDifference difference, TestTree target) throws ErrnoException {
        try (difference) {
            TreeUpdate.apply(difference, target.subtree());
        }
    }
}
