package org.caisson.vfs.mem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.DifferenceOptions;
import org.caisson.vfs.difference.RandomTree;
import org.caisson.vfs.difference.TestTree;
import org.caisson.vfs.difference.TreeChange;
import org.caisson.vfs.difference.TreeDifference;
import org.caisson.vfs.difference.TreeListing;
import org.caisson.vfs.difference.TreeUpdate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Differences between snapshots of one tree, and between them and the tree: what is known to be the same is not looked at. */
class SnapshotDifferenceTest {
    private static final int DIRECTORIES = 20;
    private static final int FILES = 30;

    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final MappedPageStore store = MappedPageStore.anonymous();
    private final MemFileSystem live = new MemFileSystem(MemOptions.DEFAULT.withMode(0755), store);
    private final List<MountNamespace> namespaces = new ArrayList<>();
    private final TestTree tree = show(live);

    @AfterEach
    void freePages() {
        namespaces.forEach(MountNamespace::release);
        store.close();
    }

    private TestTree show(MemFileSystem fileSystem) {
        MountNamespace namespace = vfs.newMountNamespace(fileSystem);
        namespaces.add(namespace);
        return new TestTree(vfs, namespace.root());
    }

    private static List<String> told(TestTree first, TestTree second) throws ErrnoException {
        List<String> told = new ArrayList<>();
        try (TreeDifference difference =
                TreeDifference.between(first.subtree(), second.subtree(), DifferenceOptions.DEFAULT)) {
            for (TreeChange change = difference.next(); change != null; change = difference.next()) {
                told.add(change.getClass().getSimpleName() + " " + change.path());
            }
        }
        return told;
    }

    /** How many names of a clone were looked up. */
    private static int lookedUp(TreeDentry directory) {
        int[] count = {0};
        directory.forEachChild(child -> count[0] += 1 + lookedUp(child));
        return count[0];
    }

    private void makeTree() throws ErrnoException {
        for (int i = 0; i < DIRECTORIES; i++) {
            tree.mkdir("d" + i);
            for (int k = 0; k < FILES; k++) {
                tree.write("d" + i + "/f" + k, "some text");
            }
        }
    }

    @Test
    void onlyDirectoriesWithChangesAreGoneInto() throws ErrnoException {
        makeTree();
        try (Snapshot before = live.snapshot()) {
            tree.write("d3/f7", "other text").chmod("d5", 0700);
            try (Snapshot after = live.snapshot()) {
                // What happens later is in neither.
                tree.write("d9/f1", "later text").rename("d10/f1", "d11/moved");
                MemFileSystem first = before.open();
                MemFileSystem second = after.open();
                assertThat(told(show(first), show(second)))
                        .containsExactly("Kept ", "Kept d3", "Modified d3/f7", "Modified d5");
                assertThat(lookedUp(first.root())).isEqualTo(DIRECTORIES + 2 * FILES);
                assertThat(lookedUp(second.root())).isEqualTo(DIRECTORIES + 2 * FILES);
            }
        }
    }

    @Test
    void theTreeItselfIsComparedWithASnapshot() throws ErrnoException {
        makeTree();
        try (Snapshot before = live.snapshot()) {
            tree.write("d3/f7", "other text");
            MemFileSystem first = before.open();
            assertThat(told(show(first), tree)).containsExactly("Kept ", "Kept d3", "Modified d3/f7");
            assertThat(lookedUp(first.root())).isEqualTo(DIRECTORIES + FILES);
        }
    }

    @Test
    void pagesThatAreSharedAreNotRead() throws ErrnoException {
        tree.write("f", "x".repeat(100_000)).write("g", "text");
        try (Snapshot before = live.snapshot()) {
            MemFileSystem clone = before.newClone();
            TestTree changed = show(clone);
            changed.chmod("f", 0600).write("g", "text");
            TreeDentry file = child(live, "f");
            TreeDentry same = child(clone, "f");
            assertThat(live.isKnownSame(file, clone, same)).isFalse();
            assertThat(live.isDataKnownSame(file, clone, same)).isTrue();
            assertThat(live.isDataKnownSame(child(live, "g"), clone, child(clone, "g")))
                    .isFalse();
        }
    }

    private static TreeDentry child(MemFileSystem fileSystem, String name) {
        List<TreeDentry> found = new ArrayList<>();
        fileSystem.root().forEachChild(child -> {
            if (child.name().toString().equals(name)) {
                found.add(child);
            }
        });
        return found.getFirst();
    }

    /** What is told makes a copy of the one into the other, with changes before, between and after, in the tree and in clones. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void changesBetweenSnapshotsMakeTheOneIntoTheOther(long seed) throws ErrnoException {
        Random random = new Random(seed);
        List<Snapshot> snapshots = new ArrayList<>();
        new RandomTree(tree, random).change(60);
        for (int i = 0; i < 5; i++) {
            snapshots.add(live.snapshot());
            new RandomTree(tree, random).change(1 + random.nextInt(15));
        }
        snapshots.remove(2).close();
        MemFileSystem clone = snapshots.get(1).newClone();
        TestTree changed = show(clone);
        new RandomTree(changed, random).change(1 + random.nextInt(15));
        List<TestTree> all = new ArrayList<>();
        for (Snapshot snapshot : snapshots) {
            all.add(show(snapshot.open()));
        }
        all.add(tree);
        all.add(changed);
        try (Snapshot second = clone.snapshot()) {
            new RandomTree(changed, random).change(5);
            all.add(show(second.open()));
            for (TestTree from : all) {
                for (TestTree to : all) {
                    compare(from, to);
                }
            }
        }
        snapshots.forEach(Snapshot::close);
    }

    private void compare(TestTree from, TestTree to) throws ErrnoException {
        TestTree copy = show(new MemFileSystem(MemOptions.DEFAULT.withMode(0755), store));
        apply(copy, from, copy);
        apply(from, to, copy);
        assertThat(TreeListing.of(copy)).isEqualTo(TreeListing.of(to));
    }

    private static void apply(TestTree from, TestTree to, TestTree target) throws ErrnoException {
        try (TreeDifference difference =
                TreeDifference.between(from.subtree(), to.subtree(), DifferenceOptions.DEFAULT)) {
            TreeUpdate.apply(difference, target.subtree());
        }
    }
}
