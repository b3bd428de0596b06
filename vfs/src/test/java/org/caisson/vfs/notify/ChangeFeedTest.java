package org.caisson.vfs.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.TestTree;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.mem.Snapshot;
import org.caisson.vfs.overlay.OverlayFileSystem;
import org.caisson.vfs.overlay.OverlayOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a feed of the directory {@code in} tells of each change. */
class ChangeFeedTest {
    private final MappedPageStore store = MappedPageStore.anonymous();
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final Credentials root = Credentials.root();
    private VirtualDentry top;
    private TestTree tree;
    private ChangeFeed feed;

    @BeforeEach
    void subscribe() throws ErrnoException {
        top = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store))
                .root();
        tree = new TestTree(vfs, top).mkdir("in").mkdir("out");
        feed = ChangeFeed.subscribe(tree.in("in").subtree().top(), 100);
    }

    @AfterEach
    void close() {
        feed.close();
        store.close();
    }

    private PathOperation at(String path) {
        return new PathOperation().root(top).start(top).path(path);
    }

    /** The changes since, without their numbers, which only rise. */
    private List<String> told() {
        List<String> told = new ArrayList<>();
        long last = -1;
        for (Change change = feed.poll(); change != null; change = feed.poll()) {
            assertThat(change.sequence()).isGreaterThan(last);
            last = change.sequence();
            told.add(text(change));
        }
        return told;
    }

    private static String text(Change change) {
        return switch (change) {
            case Change.Created it -> (it.link() ? "linked " : "created ") + it.path();
            case Change.Removed it -> "removed " + it.path();
            case Change.Moved it ->
                "moved " + it.from() + " to " + it.to() + (it.replaced() == null ? "" : " over another");
            case Change.Exchanged it -> "exchanged " + it.first() + " and " + it.second();
            case Change.MovedIn it ->
                "moved in " + it.path() + " with "
                        + it.below().stream().map(TreeSnapshot.Entry::path).toList();
            case Change.MovedOut it -> "moved out " + it.path();
            case Change.DataChanged it ->
                "data of " + it.path() + " from " + it.offset() + " length " + it.length() + " size " + it.size();
            case Change.AttributesChanged it -> "attributes of " + it.path() + " " + it.mask();
            case Change.XattrChanged it -> "attribute " + it.name() + " of " + it.path();
            case Change.Lost it -> "lost " + it.count();
        };
    }

    @Test
    void namesThatComeAndGo() throws ErrnoException {
        tree.mkdir("in/d").mknod("in/d/p", StatMode.S_IFIFO | 0600, 0).symlink("in/s", "d");
        tree.link("in/d/p", "in/q").mkdir("out/unseen");
        assertThat(told()).containsExactly("created d", "created d/p", "created s", "linked q");
        tree.remove("in/q").remove("in/d");
        assertThat(told()).containsExactly("removed q", "removed d/p", "removed d");
    }

    @Test
    void movesWithinInAndOut() throws ErrnoException {
        tree.mkdir("in/a")
                .mkdir("in/b")
                .mkdir("in/b/sub")
                .mkdir("out/c")
                .mkdir("out/c/sub")
                .mkdir("out/c/sub/leaf");
        told();
        tree.rename("in/b/sub", "in/a/moved").rename("in/a/moved", "in/b");
        assertThat(told()).containsExactly("moved b/sub to a/moved", "moved a/moved to b over another");
        tree.rename("out/c", "in/c");
        assertThat(told()).containsExactly("moved in c with [c/sub, c/sub/leaf]");
        tree.rename("in/c/sub", "out/sub");
        assertThat(told()).containsExactly("moved out c/sub");
    }

    @Test
    void exchanges() throws ErrnoException {
        tree.mkdir("in/a").write("in/b", "").write("out/c", "");
        told();
        vfs.rename(root, at("in/a"), at("in/b"), FileCalls.RENAME_EXCHANGE);
        assertThat(told()).containsExactly("exchanged b and a");
        vfs.rename(root, at("in/a"), at("out/c"), FileCalls.RENAME_EXCHANGE);
        assertThat(told()).containsExactlyInAnyOrder("moved out a", "moved in a with []");
    }

    @Test
    void aWhiteoutIsANewName() throws ErrnoException {
        tree.write("in/a", "");
        told();
        vfs.rename(root, at("in/a"), at("in/b"), FileCalls.RENAME_WHITEOUT);
        assertThat(told()).containsExactly("moved a to b", "created a");
    }

    @Test
    void dataByTheRangeThatChanged() throws ErrnoException {
        tree.write("in/f", "");
        told();
        try (FileDescription file = vfs.open(root, at("in/f"), OpenOptions.READ_WRITE)) {
            file.write(MemorySegment.ofArray(new byte[10]), 5);
            assertThat(told()).containsExactly("data of f from 5 length 10 size 15");
            file.allocate(3, 6, 2);
            assertThat(told()).containsExactly("data of f from 6 length 2 size 15");
            file.copyRange(0, file, 100, 10, 0);
            assertThat(told()).containsExactly("data of f from 100 length 10 size 110");
        }
        tree.truncate("in/f", 4);
        assertThat(told()).containsExactly("data of f from 4 length 0 size 4");
        tree.write("out/g", "unseen").link("out/g", "in/g").write("out/g", "seen");
        assertThat(told())
                .containsExactly("linked g", "data of g from 0 length 0 size 0", "data of g from 0 length 4 size 4");
    }

    @Test
    void attributesByWhatWasSet() throws ErrnoException {
        tree.write("in/f", "x");
        told();
        tree.chmod("in/f", 0600).chown("in/f", 7, 7).times("in/f", 5, 5);
        assertThat(told())
                .containsExactly(
                        "attributes of f " + SetStat.MODE,
                        "attributes of f " + (SetStat.UID | SetStat.GID),
                        "attributes of f " + (SetStat.ACCESS_TIME | SetStat.MODIFY_TIME));
    }

    @Test
    void extendedAttributesByNameAndByDescription() throws ErrnoException {
        tree.mkdir("in/d");
        told();
        tree.setXattr("in/d", "user.a", new byte[1]).removeXattr("in/d", "user.a");
        assertThat(told()).containsExactly("attribute user.a of d", "attribute user.a of d");
        try (FileDescription directory = vfs.open(root, at("in/d"), OpenOptions.READ)) {
            directory.setXattr(root, Name.of("user.b"), MemorySegment.ofArray(new byte[1]), 0);
            directory.removeXattr(root, Name.of("user.b"));
        }
        assertThat(told()).containsExactly("attribute user.b of d", "attribute user.b of d");
    }

    @Test
    void whatALateSubscriberMissesIsCounted() throws ErrnoException {
        try (ChangeFeed small = ChangeFeed.subscribe(tree.in("in").subtree().top(), 2)) {
            for (String name : List.of("a", "b", "c", "d", "e")) {
                tree.mkdir("in/" + name);
            }
            assertThat(small.poll()).isInstanceOf(Change.Created.class);
            assertThat(small.poll()).isInstanceOf(Change.Created.class);
            assertThat(small.poll())
                    .isInstanceOfSatisfying(
                            Change.Lost.class, lost -> assertThat(lost.count()).isEqualTo(3));
            assertThat(small.poll()).isNull();
            assertThat(small.snapshot().entries()).hasSize(5);
        }
    }

    @Test
    void aFeedOfNoCapacityIsRefused() {
        assertThatThrownBy(() -> ChangeFeed.subscribe(top, 0)).hasMessageContaining("EINVAL");
        assertThatThrownBy(() -> ChangeFeed.subscribe(top, ChangeFeed.MAX_CAPACITY + 1))
                .hasMessageContaining("EINVAL");
    }

    @Test
    void aSnapshotOfAnOverlayHoldsWhatNobodyHasLookedUp() throws ErrnoException {
        for (String path : List.of("l", "l/d", "l/d/e", "l/gone", "u", "u/d", "w")) {
            tree.mkdir("out/" + path);
        }
        tree.write("out/l/d/e/f", "x").write("out/u/d/g", "x");
        OverlayOptions options = OverlayOptions.builder()
                .lower(tree.in("out/l").subtree().top())
                .upper(
                        tree.in("out/u").subtree().top(),
                        tree.in("out/w").subtree().top())
                .redirects(OverlayOptions.Redirects.ON)
                .build();
        VirtualDentry overlay =
                vfs.newMountNamespace(new OverlayFileSystem(vfs, root, options)).root();
        TestTree merged = new TestTree(vfs, overlay).remove("gone").mkdir("new");
        try (ChangeFeed all = ChangeFeed.subscribe(overlay, 100)) {
            assertThat(all.snapshot().entries())
                    .extracting(entry -> entry.path().toString())
                    .containsExactlyInAnyOrder("d", "d/e", "d/e/f", "d/g", "new");
            merged.mkdir("d/e/later").remove("d/g").rename("d", "moved");
            assertThat(all.snapshot().entries())
                    .extracting(entry -> entry.path().toString())
                    .containsExactlyInAnyOrder("moved", "moved/e", "moved/e/f", "moved/e/later", "new");
        }
    }

    @Test
    void aSnapshotOfACloneHoldsWhatNobodyHasLookedUp() throws ErrnoException {
        tree.mkdir("in/d").mkdir("in/d/e").write("in/d/f", "x");
        try (Snapshot snapshot = ((MemFileSystem) top.mount().fileSystem()).snapshot()) {
            VirtualDentry clone = vfs.newMountNamespace(snapshot.newClone()).root();
            TestTree copy = new TestTree(vfs, clone).remove("in/d/f").mkdir("in/new");
            try (ChangeFeed all = ChangeFeed.subscribe(copy.in("in").subtree().top(), 100)) {
                assertThat(all.snapshot().entries())
                        .extracting(entry -> entry.path().toString())
                        .containsExactlyInAnyOrder("d", "d/e", "new");
            }
        }
    }

    @Test
    void anOverlaysDirectoryThatNobodyKnowsIsLostWhenItComesIn() throws ErrnoException {
        for (String path : List.of("l", "l/in", "l/d", "l/d/e", "u", "w")) {
            tree.mkdir("out/" + path);
        }
        OverlayOptions options = OverlayOptions.builder()
                .lower(tree.in("out/l").subtree().top())
                .upper(
                        tree.in("out/u").subtree().top(),
                        tree.in("out/w").subtree().top())
                .redirects(OverlayOptions.Redirects.ON)
                .build();
        VirtualDentry overlay =
                vfs.newMountNamespace(new OverlayFileSystem(vfs, root, options)).root();
        TestTree merged = new TestTree(vfs, overlay);
        try (ChangeFeed inside = ChangeFeed.subscribe(merged.in("in").subtree().top(), 100)) {
            merged.rename("d", "in/d");
            assertThat(inside.poll()).isInstanceOf(Change.Lost.class);
            assertThat(inside.snapshot().entries())
                    .extracting(entry -> entry.path().toString())
                    .containsExactlyInAnyOrder("d", "d/e");
        }
    }
}
