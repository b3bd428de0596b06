package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.caisson.vfs.MountedTrees.assertFails;

import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.MountFlags;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Errnos and effects are those of mount_namespaces(7). */
@ExtendWith(FdLeakCheck.class)
class MountNamespaceTest {
    private final MountedTrees trees = new MountedTrees("a", "b", "c");

    private NamespaceCopy copy(@Nullable Object owner) throws ErrnoException {
        return trees.mounts.copyNamespace(trees.admin, trees.namespace, owner, trees.root, trees.root);
    }

    private static PathOperation in(NamespaceCopy copy, String path) {
        return MountedTrees.at(copy.root(), path);
    }

    @Test
    void aCopyHasItsOwnMountsOfTheSameFiles() throws ErrnoException {
        trees.mount("/a", "x");
        NamespaceCopy copy = copy(trees.namespace.owner());
        assertThat(copy.root()).isNotEqualTo(trees.root);
        assertThat(copy.root().dentry()).isSameAs(trees.root.dentry());
        assertThat(copy.workingDirectory()).isEqualTo(copy.root());
        assertThat(trees.table(copy.namespace(), copy.root())).isEqualTo(trees.table());
        trees.mounts.unmount(trees.admin, in(copy, "/a"), 0);
        assertThat(trees.table(copy.namespace(), copy.root())).isEqualTo("base /\n");
        assertThat(trees.table()).isEqualTo("base /\na /a\n");
    }

    @Test
    void sharedMountsStayPeersInACopy() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        NamespaceCopy copy = copy(trees.namespace.owner());
        trees.mounts.mount(trees.admin, Name.of("new"), in(copy, "/a/x"), new PlainTree(), 0);
        assertThat(trees.table()).isEqualTo("base /\na /a shared:1\nnew /a/x shared:2\n");
        assertThat(trees.table(copy.namespace(), copy.root())).isEqualTo(trees.table());
    }

    @Test
    void forAnotherOwnerTheyBecomeSlavesAndAreLocked() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        trees.mounts.remount(trees.admin, trees.at("/a"), MountFlags.MS_RDONLY | MountFlags.MS_NOSUID);
        NamespaceCopy copy = copy("another");
        assertThat(trees.table(copy.namespace(), copy.root())).isEqualTo("base /\na /a master:1\n");
        assertFails(Errno.EINVAL, () -> trees.mounts.unmount(trees.admin, in(copy, "/a"), 0));
        assertFails(Errno.EINVAL, () -> trees.mounts.unmount(trees.admin, in(copy, "/a"), MountFlags.MNT_DETACH));
        assertFails(Errno.EINVAL, () -> trees.mounts.move(trees.admin, in(copy, "/a"), in(copy, "/b")));
        // without the mount the copy would show what it covers
        assertFails(Errno.EINVAL, () -> trees.mounts.bind(trees.admin, in(copy, "/"), in(copy, "/b"), false));
        trees.mounts.bind(trees.admin, in(copy, "/"), in(copy, "/b"), true);
    }

    @Test
    void lockedFlagsCannotBeCleared() throws ErrnoException {
        trees.mount("/a", "x");
        int set = MountFlags.MS_RDONLY | MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_NOEXEC;
        trees.mounts.remount(trees.admin, trees.at("/a"), set | MountFlags.MS_NOATIME);
        NamespaceCopy copy = copy("another");
        for (int flag : new int[] {1, 2, 4, 8}) {
            assertFails(
                    Errno.EPERM,
                    () -> trees.mounts.remount(trees.admin, in(copy, "/a"), (set & ~flag) | MountFlags.MS_NOATIME));
        }
        assertFails(Errno.EPERM, () -> trees.mounts.remount(trees.admin, in(copy, "/a"), set | MountFlags.MS_RELATIME));
        assertFails(
                Errno.EPERM,
                () -> trees.mounts.setAttributes(trees.admin, in(copy, "/a"), 0, 0, MountFlags.MOUNT_ATTR_RDONLY, 0));
        trees.mounts.remount(trees.admin, in(copy, "/a"), set | MountFlags.MS_NOSYMFOLLOW);
        assertThat(trees.vfs.lookup(trees.admin, in(copy, "/a")).mount().flags())
                .isEqualTo(set | MountFlags.MS_NOATIME | MountFlags.MS_NOSYMFOLLOW);
    }

    @Test
    void whatComesFromAnotherOwnersNamespaceIsLockedInsideItsTreeOnly() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        NamespaceCopy copy = copy("another");
        trees.mount("/b", "in");
        trees.mount("/b/in");
        trees.mounts.bind(trees.admin, trees.at("/b"), trees.at("/a/x"), true);
        assertThat(trees.table(copy.namespace(), copy.root()))
                .isEqualTo("base /\na /a master:1\nb /a/x master:2\nb/in /a/x/in master:3\n");
        assertFails(Errno.EINVAL, () -> trees.mounts.unmount(trees.admin, in(copy, "/a/x/in"), 0));
        // the whole tree may go; what is locked to it goes with it
        trees.mounts.unmount(trees.admin, in(copy, "/a/x"), MountFlags.MNT_DETACH);
        assertThat(trees.table(copy.namespace(), copy.root())).isEqualTo("base /\na /a master:1\n");
    }

    @Test
    void anUnboundTreeThatIsLockedCannotBeCopiedInPart() throws ErrnoException {
        trees.mount("/a");
        NamespaceCopy copy = copy("another");
        trees.mounts.setPropagation(trees.admin, in(copy, "/a"), PropagationType.UNBINDABLE, false);
        assertFails(Errno.EPERM, () -> trees.mounts.bind(trees.admin, in(copy, "/"), in(copy, "/b"), true));
    }

    @Test
    void aNamespaceHasSoManyMountsAndNoMore() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        trees.mounts.bind(trees.admin, trees.at("/a"), trees.at("/b"), false);
        // four mounts now; one on /a/x would be two
        trees.mounts.setLimit(5);
        String before = trees.table();
        assertFails(Errno.ENOSPC, () -> trees.mount("/a/x"));
        assertThat(trees.table()).isEqualTo(before);
        trees.mount("/c");
        assertFails(Errno.ENOSPC, () -> trees.mount("/c"));
        trees.mounts.unmount(trees.admin, trees.at("/c"), 0);
        trees.mounts.setLimit(6);
        trees.mount("/a/x");
        assertThat(trees.table()).contains("/a/x shared:2").contains("/b/x shared:2");
    }

    @Test
    void mountsEndWithTheirNamespace() throws ErrnoException {
        NamespaceCopy copy = copy(null);
        PlainTree idle = new PlainTree();
        PlainTree used = new PlainTree().files("f");
        trees.mounts.mount(trees.admin, Name.of("idle"), in(copy, "/a"), idle, 0);
        trees.mounts.mount(trees.admin, Name.of("used"), in(copy, "/b"), used, 0);
        FileDescription file = trees.vfs.open(trees.admin, in(copy, "/b/f"), OpenOptions.READ);
        copy.root().mount().release();
        copy.workingDirectory().mount().release();
        copy.namespace().release();
        assertThat(idle.releases).hasValue(1);
        assertThat(used.releases).hasValue(0);
        file.close();
        assertThat(used.releases).hasValue(1);
        assertThat(trees.base.releases).hasValue(0);
    }

    @Test
    void enteringGoesToTheTopOfTheRoot() throws ErrnoException {
        NamespaceCopy copy = copy(null);
        assertThat(trees.mounts.enterNamespace(trees.admin, copy.namespace()))
                .isEqualTo(copy.namespace().root());
        Mount over = trees.mounts.mount(
                trees.admin, Name.of("over"), MountedTrees.at(copy.namespace().root(), "/"), new PlainTree(), 0);
        assertThat(trees.mounts.enterNamespace(trees.admin, copy.namespace())).isEqualTo(over.root());
        assertFails(Errno.EPERM, () -> trees.mounts.enterNamespace(Credentials.of(1, 1), copy.namespace()));
    }

    @Test
    void mountsOfOtherNamespacesCannotBeChanged() throws ErrnoException {
        trees.mount("/a");
        NamespaceCopy copy = copy(null);
        PathOperation foreign = in(copy, "/a").namespace(trees.namespace);
        assertFails(Errno.EINVAL, () -> trees.mounts.unmount(trees.admin, foreign.path("/a"), 0));
        assertFails(
                Errno.EINVAL,
                () -> trees.mounts.mount(trees.admin, Name.of("n"), foreign.path("/b"), new PlainTree(), 0));
        assertFails(Errno.EINVAL, () -> trees.mounts.bind(trees.admin, in(copy, "/a"), trees.at("/b"), false));
        assertFails(Errno.EINVAL, () -> trees.mounts.openTree(trees.admin, foreign.path("/a"), 0));
        assertFails(Errno.EINVAL, () -> trees.mounts.remount(trees.admin, foreign.path("/a"), 0));
    }

    @Test
    void whatIsMountedElsewhereGoesWithItsDirectory() throws ErrnoException {
        NamespaceCopy copy = copy(null);
        PlainTree upper = new PlainTree().directories("in");
        PlainTree inner = new PlainTree();
        trees.mounts.mount(trees.admin, Name.of("upper"), in(copy, "/a"), upper, 0);
        trees.mounts.mount(trees.admin, Name.of("inner"), in(copy, "/a/in"), inner, 0);
        assertFails(Errno.EBUSY, () -> trees.vfs.rmdir(trees.admin, in(copy, "/a")));
        assertFails(Errno.EBUSY, () -> trees.vfs.rename(trees.admin, in(copy, "/a"), in(copy, "/z"), 0));
        assertFails(Errno.EBUSY, () -> trees.vfs.rename(trees.admin, in(copy, "/b"), in(copy, "/a"), 0));
        trees.vfs.rmdir(trees.admin, trees.at("/a"));
        assertThat(trees.table(copy.namespace(), copy.root())).isEqualTo("base /\n");
        assertThat(upper.releases).hasValue(1);
        assertThat(inner.releases).hasValue(1);
    }

    @Test
    void whatIsMountedElsewhereMovesWithItsDirectory() throws ErrnoException {
        NamespaceCopy copy = copy(null);
        trees.mounts.mount(trees.admin, Name.of("upper"), in(copy, "/a"), new PlainTree(), 0);
        trees.vfs.rename(trees.admin, trees.at("/a"), trees.at("/z"), 0);
        assertThat(trees.table(copy.namespace(), copy.root())).isEqualTo("base /\nupper /z\n");
        trees.vfs.rename(trees.admin, trees.at("/b"), trees.at("/z"), 0);
        assertThat(trees.table(copy.namespace(), copy.root())).isEqualTo("base /\n");
    }

    @Test
    void aRemovedDirectoryIsNoPlaceForAMount() throws ErrnoException {
        try (FileDescription directory = trees.vfs.open(trees.admin, trees.at("/a"), OpenOptions.READ)) {
            trees.vfs.rmdir(trees.admin, trees.at("/a"));
            PathOperation itself = trees.at("").itself(directory.place());
            assertFails(Errno.ENOENT, () -> trees.mounts.mount(trees.admin, Name.of("n"), itself, new PlainTree(), 0));
            PathOperation source = trees.at("").itself(directory.place());
            assertFails(Errno.ENOENT, () -> trees.mounts.bind(trees.admin, source, trees.at("/b"), false));
            try (DetachedTree copy =
                    trees.mounts.openTree(trees.admin, trees.at("").itself(directory.place()), 0)) {
                assertFails(Errno.ENOENT, () -> trees.mounts.moveMount(trees.admin, trees.at(copy), trees.at("/b"), 0));
            }
        }
    }

    @Test
    void pivotRootExchangesRoots() throws ErrnoException {
        trees.mount("/a", "old");
        VirtualDentry fresh = trees.mounts.pivotRoot(trees.admin, trees.at("/a"), trees.at("/a/old"));
        assertThat(trees.table(trees.namespace, fresh)).isEqualTo("base /old\na /\n");
        trees.mounts.unmount(trees.admin, MountedTrees.at(fresh, "/old"), MountFlags.MNT_DETACH);
        assertThat(trees.table(trees.namespace, fresh)).isEqualTo("a /\n");
        assertThat(trees.base.releases).hasValue(1);
    }

    @Test
    void pivotRootOntoItselfStacksTheOldRootOnTheNew() throws ErrnoException {
        trees.mount("/a", "x");
        VirtualDentry fresh = trees.mounts.pivotRoot(trees.admin, trees.at("/a"), trees.at("/a"));
        assertThat(fresh.mount().topOfStack()).isSameAs(trees.root.mount());
        trees.mounts.unmount(trees.admin, MountedTrees.at(fresh, "/"), MountFlags.MNT_DETACH);
        assertThat(trees.table(trees.namespace, fresh)).isEqualTo("a /\n");
    }

    @Test
    void pivotRootHasItsConditions() throws ErrnoException {
        trees.mount("/a", "old");
        Credentials user = Credentials.of(1000, 1000);
        assertFails(Errno.EPERM, () -> trees.mounts.pivotRoot(user, trees.at("/a"), trees.at("/a/old")));
        assertFails(Errno.ENOTDIR, () -> trees.mounts.pivotRoot(trees.admin, trees.at("/a"), trees.at("/a/f")));
        assertFails(Errno.ENOTDIR, () -> trees.mounts.pivotRoot(trees.admin, trees.at("/f"), trees.at("/a/old")));
        // no mount; the root itself; not beneath the new root
        assertFails(Errno.EINVAL, () -> trees.mounts.pivotRoot(trees.admin, trees.at("/a/old"), trees.at("/a/old")));
        assertFails(Errno.EBUSY, () -> trees.mounts.pivotRoot(trees.admin, trees.at("/"), trees.at("/")));
        trees.mount("/b");
        assertFails(Errno.EINVAL, () -> trees.mounts.pivotRoot(trees.admin, trees.at("/a"), trees.at("/b")));
        trees.set("/a", PropagationType.SHARED);
        assertFails(Errno.EINVAL, () -> trees.mounts.pivotRoot(trees.admin, trees.at("/a"), trees.at("/a/old")));
    }

    @Test
    void aDetachedTreeEndsWhenItIsClosedUnlessItIsAttached() throws ErrnoException {
        PlainTree upper = new PlainTree().directories("in").files("f");
        trees.mount("/a", upper);
        PlainTree inner = new PlainTree();
        trees.mount("/a/in", inner);
        try (DetachedTree copy = trees.mounts.openTree(trees.admin, trees.at("/a"), AtFlags.AT_RECURSIVE)) {
            trees.mounts.unmount(trees.admin, trees.at("/a"), MountFlags.MNT_DETACH);
            assertThat(upper.releases).hasValue(0);
            assertThat(trees.vfs
                            .lookup(trees.admin, trees.at("in").start(copy.root()))
                            .mount()
                            .fileSystem())
                    .isSameAs(inner);
            trees.mounts.moveMount(trees.admin, trees.at(copy), trees.at("/b"), 0);
        }
        assertThat(trees.table()).isEqualTo("base /\na /b\na/in /b/in\n");
        assertThat(upper.releases).hasValue(0);
        try (DetachedTree copy = trees.mounts.openTree(trees.admin, trees.at("/b"), 0)) {
            trees.mounts.unmount(trees.admin, trees.at("/b"), MountFlags.MNT_DETACH);
            assertThat(copy.root().mount().namespace()).isNotNull();
            assertThat(inner.releases).hasValue(1);
        }
        assertThat(upper.releases).hasValue(1);
    }

    @Test
    void aGroupIsJoinedByAPrivateMountOfTheSameFiles() throws ErrnoException {
        trees.mount("/a", "x");
        trees.mounts.bind(trees.admin, trees.at("/a"), trees.at("/b"), false);
        trees.set("/a", PropagationType.SHARED);
        int setGroup = MountFlags.MOVE_MOUNT_SET_GROUP;
        assertFails(Errno.EINVAL, () -> trees.mounts.moveMount(trees.admin, trees.at("/b"), trees.at("/a"), setGroup));
        trees.mounts.moveMount(trees.admin, trees.at("/a"), trees.at("/b"), setGroup);
        assertThat(trees.table()).isEqualTo("base /\na /a shared:1\na /b shared:1\n");
        assertFails(
                Errno.EINVAL,
                () -> trees.mounts.moveMount(
                        trees.admin, trees.at("/a"), trees.at("/b"), setGroup | MountFlags.MOVE_MOUNT_BENEATH));
    }

    @Test
    void attributesAreChangedOfAllMountsOrOfNone() throws ErrnoException {
        trees.mount("/a", "x");
        trees.mount("/a/x");
        long readOnly = MountFlags.MOUNT_ATTR_RDONLY;
        try (FileDescription file = trees.vfs.open(trees.admin, trees.at("/a/x/f"), OpenOptions.WRITE)) {
            assertFails(
                    Errno.EBUSY,
                    () -> trees.mounts.setAttributes(
                            trees.admin, trees.at("/a"), AtFlags.AT_RECURSIVE, readOnly, 0, 0));
            assertThat(file.place().mount().isReadOnly()).isFalse();
            assertThat(trees.mountAt("/a").isReadOnly()).isFalse();
        }
        trees.mounts.setAttributes(
                trees.admin, trees.at("/a"), AtFlags.AT_RECURSIVE, readOnly, 0, MountFlags.MS_SHARED);
        assertThat(trees.mountAt("/a/x").isReadOnly()).isTrue();
        assertThat(trees.table()).isEqualTo("base /\na /a shared:1\na/x /a/x shared:2\n");
    }

    @Test
    void attributesThatMakeNoSenseAreRefused() {
        long times = MountFlags.MOUNT_ATTR__ATIME;
        long[][] wrong = {
            {1L << 40, 0, 0},
            {MountFlags.MOUNT_ATTR_NOATIME, 0, 0},
            {0, MountFlags.MOUNT_ATTR_NOATIME, 0},
            {times, times, 0},
            {0, 0, MountFlags.MS_SHARED | MountFlags.MS_PRIVATE},
            {0, 0, MountFlags.MS_REC},
            {0, MountFlags.MOUNT_ATTR_IDMAP, 0}
        };
        for (long[] arguments : wrong) {
            assertFails(
                    Errno.EINVAL,
                    () -> trees.mounts.setAttributes(
                            trees.admin, trees.at("/"), 0, arguments[0], arguments[1], arguments[2]));
        }
        // There is nothing by which to map: what mount_setattr(2) says of a descriptor that is none.
        assertFails(
                Errno.EBADF,
                () -> trees.mounts.setAttributes(trees.admin, trees.at("/"), 0, MountFlags.MOUNT_ATTR_IDMAP, 0, 0));
        assertFails(Errno.EINVAL, () -> trees.mounts.setAttributes(trees.admin, trees.at("/a"), 0, 1, 0, 0));
        assertFails(Errno.EINVAL, () -> trees.mounts.setAttributes(trees.admin, trees.at("/"), 1 << 30, 1, 0, 0));
    }

    /** What a refused operation took is free again: the id that the next mount gets is the one it would have had. */
    private int nextId() throws ErrnoException {
        int id = trees.mount("/c").id();
        trees.mounts.unmount(trees.admin, trees.at("/c"), 0);
        return id;
    }

    @Test
    void aRefusedMountLeavesNothing() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        trees.mounts.bind(trees.admin, trees.at("/a"), trees.at("/b"), false);
        trees.mounts.setLimit(5);
        int next = nextId();
        assertFails(Errno.ENOSPC, () -> trees.mount("/a/x"));
        assertThat(nextId()).isEqualTo(next);
        assertFails(Errno.ENOSPC, () -> trees.mounts.bind(trees.admin, trees.at("/f"), trees.at("/a/f"), false));
        assertThat(nextId()).isEqualTo(next);
        assertFails(Errno.ENOTDIR, () -> trees.mount("/f"));
        assertThat(nextId()).isEqualTo(next);
    }

    @Test
    void aRefusedCopyOfATreeLeavesNothing() throws ErrnoException {
        trees.mount("/a");
        NamespaceCopy copy = copy("another");
        trees.mounts.setPropagation(trees.admin, in(copy, "/a"), PropagationType.UNBINDABLE, false);
        int next = nextId();
        assertFails(Errno.EPERM, () -> trees.mounts.bind(trees.admin, in(copy, "/"), in(copy, "/b"), true));
        assertThat(nextId()).isEqualTo(next);
    }

    /** The namespaces of peers, of which one has no room, have as much room as before. */
    @Test
    void aMountThatDoesNotFitEverywhereTakesNoRoomAnywhere() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        List<NamespaceCopy> copies = List.of(copy(null), copy(null), copy(null));
        trees.mounts.setLimit(5);
        NamespaceCopy full = copies.get(1);
        trees.mounts.mount(trees.admin, Name.of("one"), in(full, "/b"), new PlainTree(), 0);
        trees.mounts.mount(trees.admin, Name.of("two"), in(full, "/c"), new PlainTree(), 0);
        int next = nextId();
        assertFails(Errno.ENOSPC, () -> trees.mount("/a/x"));
        assertThat(nextId()).isEqualTo(next);
        for (NamespaceCopy other : List.of(copies.get(0), copies.get(2))) {
            trees.mounts.mount(trees.admin, Name.of("one"), in(other, "/b"), new PlainTree(), 0);
            trees.mounts.mount(trees.admin, Name.of("two"), in(other, "/c"), new PlainTree(), 0);
        }
        trees.mount("/b");
        trees.mount("/c");
    }

    @Test
    void aLockedMountStaysOnTop() throws ErrnoException {
        trees.mount("/a");
        NamespaceCopy copy = copy("another");
        trees.mounts.mount(trees.admin, Name.of("b"), in(copy, "/b"), new PlainTree(), 0);
        assertFails(
                Errno.EINVAL,
                () -> trees.mounts.moveMount(
                        trees.admin, in(copy, "/b"), in(copy, "/a"), MountFlags.MOVE_MOUNT_BENEATH));
        assertThat(trees.table(copy.namespace(), copy.root())).isEqualTo("base /\na /a\nb /b\n");
    }

    @Test
    void nothingGoesBeneathTheCallersRoot() throws ErrnoException {
        trees.mount("/b");
        int beneath = MountFlags.MOVE_MOUNT_BENEATH;
        assertFails(Errno.EINVAL, () -> trees.mounts.moveMount(trees.admin, trees.at("/b"), trees.at("/"), beneath));
        assertThat(trees.table()).isEqualTo("base /\nb /b\n");
    }

    @Test
    void aSlaveJoinsNoOtherGroup() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        trees.mounts.bind(trees.admin, trees.at("/a"), trees.at("/b"), false);
        trees.set("/b", PropagationType.SLAVE);
        int setGroup = MountFlags.MOVE_MOUNT_SET_GROUP;
        assertFails(Errno.EINVAL, () -> trees.mounts.moveMount(trees.admin, trees.at("/a"), trees.at("/b"), setGroup));
        assertThat(trees.table()).isEqualTo("base /\na /a shared:1\na /b master:1\n");
    }

    /** pivot_root(2): neither the new root's parent, nor the old root's, nor where that goes may be shared. */
    @Test
    void pivotRootTouchesNothingShared() throws ErrnoException {
        trees.mount("/a", "old");
        for (String shared : List.of("/", "/a")) {
            trees.set(shared, PropagationType.SHARED);
            assertFails(Errno.EINVAL, () -> trees.mounts.pivotRoot(trees.admin, trees.at("/a"), trees.at("/a/old")));
            trees.set(shared, PropagationType.PRIVATE);
        }
        PathOperation top = MountedTrees.at(trees.namespace.root(), "/");
        trees.mounts.setPropagation(trees.admin, top, PropagationType.SHARED, false);
        assertFails(Errno.EINVAL, () -> trees.mounts.pivotRoot(trees.admin, trees.at("/a"), trees.at("/a/old")));
        trees.mounts.setPropagation(trees.admin, top, PropagationType.PRIVATE, false);
        trees.mounts.pivotRoot(trees.admin, trees.at("/a"), trees.at("/a/old"));
    }

    /** What the pivot kept in place while it was under way may be removed afterwards. */
    @Test
    void theOldRootsPlaceIsHeldByTheOldRootAlone() throws ErrnoException {
        trees.mount("/a", "old");
        VirtualDentry fresh = trees.mounts.pivotRoot(trees.admin, trees.at("/a"), trees.at("/a/old"));
        trees.mounts.unmount(trees.admin, MountedTrees.at(fresh, "/old"), MountFlags.MNT_DETACH);
        VirtualDentry old = trees.vfs.lookup(trees.admin, MountedTrees.at(fresh, "/old"));
        assertThat(old.dentry().isMountPoint()).isFalse();
    }

    @Test
    void aNamespaceHasItsOwnIdAndOwner() throws ErrnoException {
        NamespaceCopy copy = copy("another");
        assertThat(copy.namespace().owner()).isEqualTo("another");
        assertThat(copy.namespace().id()).isNotZero().isNotEqualTo(trees.namespace.id());
        assertThat(copy("yet another").namespace().id())
                .isNotZero()
                .isNotEqualTo(trees.namespace.id())
                .isNotEqualTo(copy.namespace().id());
        assertThat(trees.namespace.id()).isNotZero();
        MountNamespace owned = trees.vfs.newMountNamespace(new PlainTree(), "owner");
        assertThat(owned.owner()).isEqualTo("owner");
    }

    /** Another namespace is seen from what is mounted on its root, as statmount(2) and listmount(2) do. */
    @Test
    void anotherNamespaceIsSeenFromItsRoot() throws ErrnoException {
        trees.mount("/a");
        NamespaceCopy copy = copy(null);
        long[] ids = trees.mounts.listmount(
                trees.admin, trees.at("/"), copy.namespace(), MountStatus.LSMT_ROOT, 0, 10, false);
        assertThat(ids).hasSize(2);
        assertThat(ids[0]).isEqualTo(copy.root().mount().uniqueId());
        MountStatus status = trees.mounts.statmount(trees.admin, trees.at("/"), copy.namespace(), ids[1]);
        assertThat(status.point()).isEqualTo(Name.of("/a"));
        assertThat(status.namespaceId()).isEqualTo(copy.namespace().id());
        MountNamespace bare = trees.vfs.newMountNamespace(new PlainTree());
        assertFails(
                Errno.ENOENT,
                () -> trees.mounts.listmount(trees.admin, trees.at("/"), bare, MountStatus.LSMT_ROOT, 0, 10, false));
    }
}
