package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.caisson.vfs.MountedTrees.assertFails;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.MountFlags;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The examples of mount_namespaces(7) and sharedsubtree.rst; that all else is as in the kernel is tested at random. */
@ExtendWith(FdLeakCheck.class)
class PropagationTest {
    private final MountedTrees trees = new MountedTrees("a", "b", "c");

    private void bind(String from, String to) throws ErrnoException {
        trees.mounts.bind(trees.admin, trees.at(from), trees.at(to), false);
    }

    @Test
    void whatIsMountedOnAPeerIsMountedOnAll() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        bind("/a", "/b");
        trees.mount("/b/x", "y");
        assertThat(trees.table()).isEqualTo("""
                        base /
                        a /a shared:1
                        a /b shared:1
                        b/x /b/x shared:2
                        b/x /a/x shared:2
                        """);
        trees.mounts.unmount(trees.admin, trees.at("/a/x"), 0);
        assertThat(trees.table()).doesNotContain("b/x");
    }

    @Test
    void aSlaveGetsEventsAndGivesNone() throws ErrnoException {
        trees.mount("/a", "x", "z");
        trees.set("/a", PropagationType.SHARED);
        bind("/a", "/b");
        trees.set("/b", PropagationType.SLAVE);
        trees.mount("/a/x");
        trees.mount("/b/z");
        assertThat(trees.table()).isEqualTo("""
                        base /
                        a /a shared:1
                        a /b master:1
                        a/x /a/x shared:2
                        a/x /b/x master:2
                        b/z /b/z
                        """);
    }

    @Test
    void aSlaveThatIsSharedPassesEventsOn() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        bind("/a", "/b");
        trees.set("/b", PropagationType.SLAVE);
        trees.set("/b", PropagationType.SHARED);
        bind("/b", "/c");
        trees.mount("/a/x");
        assertThat(trees.table()).isEqualTo("""
                        base /
                        a /a shared:1
                        a /b shared:2 master:1
                        a /c shared:2 master:1
                        a/x /a/x shared:3
                        a/x /b/x shared:4 master:3
                        a/x /c/x shared:4 master:3
                        """);
    }

    @Test
    void theSlavesOfAGroupThatVanishesGoToTheNextMaster() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        bind("/a", "/b");
        trees.set("/b", PropagationType.SLAVE);
        trees.set("/b", PropagationType.SHARED);
        bind("/b", "/c");
        trees.set("/c", PropagationType.SLAVE);
        assertThat(trees.table()).contains("a /c master:2\n");
        trees.mounts.unmount(trees.admin, trees.at("/b"), 0);
        assertThat(trees.table()).contains("a /c master:1\n");
        trees.mounts.unmount(trees.admin, trees.at("/a"), 0);
        assertThat(trees.table()).isEqualTo("base /\na /c\n");
        // the numbers are free again
        trees.set("/c", PropagationType.SHARED);
        assertThat(trees.table()).contains("a /c shared:1\n");
    }

    @Test
    void aMasterOutOfSightIsToldByTheNextGroupInSight() throws ErrnoException {
        trees.mount("/a", "in");
        trees.set("/a", PropagationType.SHARED);
        bind("/a", "/b");
        trees.set("/b", PropagationType.SLAVE);
        trees.set("/b", PropagationType.SHARED);
        trees.mount("/c", "one", "two");
        bind("/b", "/c/one");
        trees.set("/c/one", PropagationType.SLAVE);
        bind("/a", "/c/two");
        VirtualDentry inner = trees.vfs.lookup(trees.admin, trees.at("/c"));
        assertThat(trees.table(trees.namespace, inner)).isEqualTo("""
                        c /
                        a /one master:2 propagate_from:1
                        a /two shared:1
                        """);
    }

    @Test
    void anUnbindableMountIsNotBoundAndLeftOutOfATree() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.UNBINDABLE);
        assertFails(Errno.EINVAL, () -> bind("/a", "/b"));
        trees.mounts.bind(trees.admin, trees.at("/"), trees.at("/c"), true);
        assertThat(trees.table()).isEqualTo("base /\na /a unbindable\nbase /c\n");
    }

    @Test
    void aMountThatIsNotTheSameEverywhereStaysWhereItIsInUse() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        bind("/a", "/b");
        trees.mount("/a/x", "deep");
        trees.set("/b/x", PropagationType.PRIVATE);
        trees.mount("/b/x/deep");
        // the copy holds a mount of its own: it stays, and does not make this one busy
        trees.mounts.unmount(trees.admin, trees.at("/a/x"), 0);
        assertThat(trees.table()).isEqualTo("""
                        base /
                        a /a shared:1
                        a /b shared:1
                        a/x /b/x
                        b/x/deep /b/x/deep
                        """);
    }

    @Test
    void aCopyInUseMakesTheOriginalBusy() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        bind("/a", "/b");
        trees.mount("/a/x");
        try (FileDescription file = trees.vfs.open(trees.admin, trees.at("/b/x/f"), OpenOptions.READ)) {
            assertFails(Errno.EBUSY, () -> trees.mounts.unmount(trees.admin, trees.at("/a/x"), 0));
            assertThat(file.place().mount().namespace()).isNotNull();
        }
        trees.mounts.unmount(trees.admin, trees.at("/a/x"), 0);
    }

    @Test
    void aMountMovedBeneathAnotherIsSeenWhenThatOneGoes() throws ErrnoException {
        trees.mount("/a", "x");
        trees.mount("/b", "y");
        trees.mounts.moveMount(trees.admin, trees.at("/b"), trees.at("/a"), MountFlags.MOVE_MOUNT_BENEATH);
        assertThat(trees.mountAt("/a").source()).isEqualTo(Name.of("a"));
        trees.mounts.unmount(trees.admin, trees.at("/a"), 0);
        assertThat(trees.mountAt("/a").source()).isEqualTo(Name.of("b"));
    }

    @Test
    void theParentOfWhatIsMovedMustNotBeShared() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        trees.mount("/a/x");
        assertFails(Errno.EINVAL, () -> trees.mounts.move(trees.admin, trees.at("/a/x"), trees.at("/b")));
        assertFails(Errno.ELOOP, () -> trees.mounts.move(trees.admin, trees.at("/a"), trees.at("/a/x")));
    }

    @Test
    void aMountThatStandsOnOneMovedBeneathItIsItsChild() throws ErrnoException {
        trees.mount("/a", "x");
        trees.mount("/b", "y");
        Mount lower = trees.mountAt("/b");
        trees.mounts.moveMount(trees.admin, trees.at("/b"), trees.at("/a"), MountFlags.MOVE_MOUNT_BENEATH);
        Mount upper = trees.mountAt("/a");
        assertThat(upper.parent()).isSameAs(lower);
        assertThat(lower.parent()).isSameAs(trees.root.mount());
    }

    @Test
    void whatCannotBeCopiedDoesNotComeUnderASharedMount() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        trees.mount("/b", "in");
        trees.mount("/b/in");
        trees.set("/b/in", PropagationType.UNBINDABLE);
        assertFails(Errno.EINVAL, () -> trees.mounts.move(trees.admin, trees.at("/b"), trees.at("/a/x")));
        trees.mounts.move(trees.admin, trees.at("/b"), trees.at("/c"));
        trees.set("/c/in", PropagationType.PRIVATE);
        trees.mounts.move(trees.admin, trees.at("/c"), trees.at("/a/x"));
        assertThat(trees.table()).contains("b /a/x shared:2").contains("b/in /a/x/in shared:3");
    }

    @Test
    void whoJoinsAGroupGetsItsEvents() throws ErrnoException {
        trees.mount("/a", "x");
        bind("/a", "/b");
        trees.set("/a", PropagationType.SHARED);
        joinGroup("/a", "/b");
        trees.mount("/a/x");
        assertThat(trees.table()).contains("a/x /a/x shared:2").contains("a/x /b/x shared:2");
    }

    @Test
    void whoJoinsASlaveGetsTheMastersEvents() throws ErrnoException {
        trees.mount("/a", "x");
        bind("/a", "/c");
        trees.set("/a", PropagationType.SHARED);
        bind("/a", "/b");
        trees.set("/b", PropagationType.SLAVE);
        joinGroup("/b", "/c");
        trees.mount("/a/x");
        assertThat(trees.table())
                .contains("a /c master:1\n")
                .contains("a/x /b/x master:2\n")
                .contains("a/x /c/x master:2\n");
    }

    private void joinGroup(String giver, String taker) throws ErrnoException {
        trees.mounts.moveMount(trees.admin, trees.at(giver), trees.at(taker), MountFlags.MOVE_MOUNT_SET_GROUP);
    }

    @Test
    void aCopyOfASlaveIsASlave() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        bind("/a", "/b");
        trees.set("/b", PropagationType.SLAVE);
        bind("/b", "/c");
        trees.mount("/a/x");
        assertThat(trees.table()).contains("a/x /b/x master:2\n").contains("a/x /c/x master:2\n");
    }

    @Test
    void slavesOfAMountThatLeavesItsGroupGetThePeersEvents() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        bind("/a", "/b");
        bind("/a", "/c");
        trees.set("/c", PropagationType.SLAVE);
        for (String leaving : new String[] {"/a", "/b"}) {
            String staying = leaving.equals("/a") ? "/b" : "/a";
            trees.set(leaving, PropagationType.PRIVATE);
            trees.mount(staying + "/x");
            assertThat(trees.table()).contains(staying.substring(1) + "/x /c/x master:2\n");
            trees.mounts.unmount(trees.admin, trees.at(staying + "/x"), 0);
            joinGroup(staying, leaving);
        }
    }

    @Test
    void aCopyThatStaysBecauseOfWhatIsOnItDoesNotMakeBusy() throws ErrnoException {
        trees.mount("/a", "x");
        trees.set("/a", PropagationType.SHARED);
        bind("/a", "/b");
        trees.mount("/a/x", "one", "two");
        trees.set("/b/x", PropagationType.PRIVATE);
        trees.mount("/b/x/one");
        trees.mount("/b/x/two");
        try (FileDescription file = trees.vfs.open(trees.admin, trees.at("/b/x/f"), OpenOptions.READ)) {
            trees.mounts.unmount(trees.admin, trees.at("/a/x"), 0);
            assertThat(file.place().mount().namespace()).isSameAs(trees.namespace);
        }
        assertThat(trees.table()).contains("a/x /b/x\n").doesNotContain(" /a/x");
    }
}
