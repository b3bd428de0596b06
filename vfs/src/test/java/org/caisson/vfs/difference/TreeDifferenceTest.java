package org.caisson.vfs.difference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code -Dcaisson.difference.seeds=N} runs more seeds. */
class TreeDifferenceTest {
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final MappedPageStore store = MappedPageStore.anonymous();
    private TestTree old;
    private TestTree now;

    @BeforeEach
    void makeTrees() throws ErrnoException {
        old = memory().allTimes(5);
        now = memory().allTimes(5);
    }

    @AfterEach
    void freePages() {
        store.close();
    }

    private TestTree memory() {
        MemFileSystem fileSystem = new MemFileSystem(MemOptions.DEFAULT.withMode(0755), store);
        return new TestTree(vfs, vfs.newMountNamespace(fileSystem).root());
    }

    /** What is told, a short text a change. */
    private List<String> told() throws ErrnoException {
        return told(DifferenceOptions.DEFAULT);
    }

    private List<String> told(DifferenceOptions options) throws ErrnoException {
        try (TreeDifference difference = TreeDifference.between(old.subtree(), now.subtree(), options)) {
            return told(difference);
        }
    }

    private static List<String> told(TreeDifference difference) throws ErrnoException {
        List<String> told = new ArrayList<>();
        TreeChange change = difference.next();
        while (change != null) {
            String path = "/" + new String(change.path().toByteArray(), StandardCharsets.ISO_8859_1);
            told.add(
                    switch (change) {
                        case TreeChange.Added added -> "added " + path;
                        case TreeChange.Removed removed -> "removed " + path;
                        case TreeChange.Replaced replaced -> "replaced " + path;
                        case TreeChange.Modified modified -> "modified " + path + " " + modified.aspects();
                        case TreeChange.Linked linked -> "linked " + path + " to /" + linked.target();
                        case TreeChange.Kept kept -> "kept " + path;
                    });
            change = difference.next();
        }
        return told;
    }

    private void settle() throws ErrnoException {
        old.allTimes(5);
        now.allTimes(5);
    }

    @Test
    void equalTreesDifferInNothing() throws ErrnoException {
        for (TestTree tree : List.of(old, now)) {
            tree.mkdir("d").write("d/f", "text").symlink("l", "d").mknod("p", StatMode.S_IFIFO | 0600, 0);
            tree.link("d/f", "g").setXattr("g", "user.x", new byte[] {1});
        }
        settle();
        assertThat(told()).isEmpty();
    }

    @Test
    void tellsOfEachAspect() throws ErrnoException {
        for (TestTree tree : List.of(old, now)) {
            for (String name : List.of("data", "mode", "owner", "time", "attribute", "size")) {
                tree.write(name, "text");
            }
        }
        now.write("data", "tExt").chmod("mode", 0600).chown("owner", 7, 7);
        now.setXattr("attribute", "user.x", new byte[1]).write("size", "longer");
        settle();
        now.times("time", 5, 1);
        assertThat(told())
                .containsExactly(
                        "kept /",
                        "modified /attribute [ATTRIBUTES]",
                        "modified /data [DATA]",
                        "modified /mode [MODE]",
                        "modified /owner [OWNER]",
                        "modified /size [DATA]",
                        "modified /time [MODIFY_TIME]");
    }

    @Test
    void timesOfModificationNeedNotCount() throws ErrnoException {
        old.write("f", "same");
        now.write("f", "same");
        settle();
        now.times("f", 6, 0);
        assertThat(told(DifferenceOptions.DEFAULT.withModifyTimes(false))).isEmpty();
    }

    @Test
    void directoriesAreToldBeforeWhatChangesInThem() throws ErrnoException {
        for (TestTree tree : List.of(old, now)) {
            tree.mkdir("d").mkdir("d/e").write("d/e/f", "x").mkdir("same").write("same/f", "x");
        }
        now.write("d/e/g", "y").mkdir("new").write("new/f", "z");
        old.mkdir("gone").write("gone/f", "x");
        settle();
        assertThat(told())
                .containsExactly(
                        "kept /",
                        "kept /d",
                        "kept /d/e",
                        "added /d/e/g",
                        "removed /gone",
                        "added /new",
                        "added /new/f");
    }

    @Test
    void filesOfAnotherKindAreReplaced() throws ErrnoException {
        old.write("a", "x").mkdir("b").write("b/f", "x").symlink("c", "1").mknod("d", StatMode.S_IFCHR, 0x101);
        now.mkdir("a").write("a/f", "x").write("b", "x").symlink("c", "2").mknod("d", StatMode.S_IFCHR, 0x102);
        settle();
        assertThat(told())
                .containsExactly("kept /", "replaced /a", "added /a/f", "replaced /b", "replaced /c", "replaced /d");
    }

    @Test
    void namesGoByTheirBytesEachDirectoryByItself() throws ErrnoException {
        now.mkdir("a").write("a/f", "x").write("a!", "x").write("\u00ff", "x").write("b", "x");
        settle();
        assertThat(told())
                .containsExactly("kept /", "added /a", "added /a/f", "added /a!", "added /b", "added /\u00ff");
    }

    @Test
    void aNewNameBringsAllNamesOfItsFile() throws ErrnoException {
        for (TestTree tree : List.of(old, now)) {
            tree.mkdir("d").write("d/first", "x").link("d/first", "e").write("z", "x");
        }
        now.link("e", "f");
        settle();
        assertThat(told())
                .containsExactly(
                        "kept /", "kept /d", "modified /d/first []", "linked /e to /d/first", "linked /f to /d/first");
    }

    @Test
    void aChangedFileBringsAllItsNames() throws ErrnoException {
        for (TestTree tree : List.of(old, now)) {
            tree.write("a", "x").link("a", "b").write("c", "x").link("c", "d");
        }
        now.write("b", "y");
        settle();
        assertThat(told()).containsExactly("kept /", "modified /a [DATA]", "linked /b to /a");
    }

    @Test
    void namesThatPartAreMadeAnew() throws ErrnoException {
        old.write("a", "x").link("a", "b");
        now.write("a", "x").write("b", "x");
        settle();
        assertThat(told()).containsExactly("kept /", "replaced /b");
    }

    @Test
    void linksAreNotFollowed() throws ErrnoException {
        old.symlink("l", "/").symlink("m", "nowhere");
        now.symlink("l", "/").symlink("m", "nowhere").mkdir("d");
        settle();
        assertThat(told()).containsExactly("kept /", "added /d");
    }

    @Test
    void whatIsMountedBelongsToTheTreeOnlyIfAskedFor() throws ErrnoException {
        old.mkdir("m").write("m/covered", "x");
        now.mkdir("m").write("m/covered", "x");
        settle();
        TestTree mounted = memory().write("inside", "x").allTimes(5);
        vfs.mount(
                Credentials.root(), now.at("m"), mounted.subtree().top().mount().fileSystem(), 0);
        assertThat(told()).isEmpty();
        assertThat(told(DifferenceOptions.DEFAULT.withCrossMounts(true)))
                .containsExactly("kept /", "kept /m", "removed /m/covered", "added /m/inside");
    }

    @Test
    void aFileIsNoTree() throws ErrnoException {
        now.write("f", "x");
        TestTree file = now.in("f");
        try (TreeDifference difference =
                TreeDifference.between(old.subtree(), file.subtree(), DifferenceOptions.DEFAULT)) {
            assertThatThrownBy(difference::next).hasMessageContaining("ENOTDIR");
        }
    }

    @Test
    void hugeHolesAreNotRead() throws ErrnoException {
        for (TestTree tree : List.of(old, now)) {
            tree.write("f", "x").truncate("f", 1L << 50);
        }
        settle();
        assertThat(told()).isEmpty();
        now.writeAt("f", 1L << 49, new byte[] {1}).times("f", 5, 0);
        assertThat(told()).containsExactly("kept /", "modified /f [DATA]");
    }

    @Test
    void readingLeavesNoTrace() throws ErrnoException {
        old.mkdir("d").write("d/f", "x");
        now.mkdir("d").write("d/f", "y");
        settle();
        told();
        assertThat(now.stat("d/f").accessSeconds).isEqualTo(5);
        assertThat(now.stat("d").accessSeconds).isEqualTo(5);
    }

    @Test
    void changesMakeACopyOfTheFirstTreeIntoTheSecond() throws ErrnoException {
        for (int seed = 0; seed < Integer.getInteger("caisson.difference.seeds", 150); seed++) {
            Random random = new Random(seed);
            TestTree first = memory();
            TestTree second = memory();
            new RandomTree(first, random).change(random.nextInt(80));
            apply(memory(), first, second);
            assertThat(TreeListing.of(second)).as("seed %d, a copy", seed).isEqualTo(TreeListing.of(first));
            new RandomTree(second, random).change(1 + random.nextInt(60));
            apply(first, second, first);
            assertThat(TreeListing.of(first)).as("seed %d", seed).isEqualTo(TreeListing.of(second));
            try (TreeDifference none =
                    TreeDifference.between(first.subtree(), second.subtree(), DifferenceOptions.DEFAULT)) {
                assertThat(none.next()).as("seed %d", seed).isNull();
            }
        }
    }

    private static void apply(TestTree from, TestTree to, TestTree target) throws ErrnoException {
        try (TreeDifference difference =
                TreeDifference.between(from.subtree(), to.subtree(), DifferenceOptions.DEFAULT)) {
            TreeUpdate.apply(difference, target.subtree());
        }
    }
}
