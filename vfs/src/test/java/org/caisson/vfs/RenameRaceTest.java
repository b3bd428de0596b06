package org.caisson.vfs;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.OpenFlags;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Walks run while entries move: they must see each entry in its old place or its new one, never in none. */
@ExtendWith(FdLeakCheck.class)
class RenameRaceTest {
    private static final int MOVES = Integer.getInteger("caisson.rename.moves", 100_000);

    private final MovableTree tree = new MovableTree();
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final VirtualDentry root = vfs.newMountNamespace(tree).root();

    private PathOperation at(String path) {
        return new PathOperation().root(root).start(root).path(path);
    }

    /** The way up goes by the parent at the moment; were it read in halves, the walk would end elsewhere. */
    @Test
    void theWayUpAndDownAgainIsNeverLost() throws InterruptedException {
        TreeDentry one = tree.add(tree.root(), "one");
        TreeDentry two = tree.add(tree.root(), "two");
        TreeDentry child = tree.add(one, "child");
        tree.add(child, "leaf");
        Name name = child.name();
        Race.of(MOVES, () -> tree.moveTo(child, child.parent() == one ? two : one, name), () -> {
            PathOperation up = at("../child/leaf").start(new VirtualDentry(root.mount(), child));
            assertThat(vfs.lookup(Credentials.root(), up).dentry()).isNotNull();
        });
    }

    /** A name that is read while it changes is longer or shorter than it was a moment ago. */
    @Test
    void namesOfAllLengthsMayChangeUnderAWalk() throws InterruptedException {
        TreeDentry child = tree.add(tree.root(), "x");
        // The same first two words and the same hash are needed to compare the rest: other names of these lengths walk
        // by.
        Name[] names = {
            Name.of("sixteen-letters-and-a-very-long-tail-that-goes-on-and-on-and-on"),
            Name.of("sixteen-letters-and-more"),
            Name.of("s")
        };
        int[] turn = new int[1];
        Race.of(MOVES, () -> tree.moveTo(child, tree.root(), names[turn[0]++ % names.length]), () -> {
            for (Name name : names) {
                VirtualDentry found = vfs.find(Credentials.root(), at(name.toString()));
                assertThat(found == null ? child : found.dentry()).isSameAs(child);
            }
        });
    }

    /** A directory moves in and out of the place that a walk by way of it must not leave. */
    @Test
    void aScopedWalkIsNeverTakenOutOfItsPlace() throws InterruptedException {
        TreeDentry jail = tree.add(tree.root(), "jail");
        TreeDentry home = tree.add(jail, "a");
        TreeDentry deep = tree.add(home, "b");
        TreeDentry outside = tree.add(tree.add(tree.root(), "outside"), "x");
        tree.add(outside, "secret");
        VirtualDentry start = new VirtualDentry(root.mount(), jail);
        Race.of(
                MOVES,
                () -> {
                    tree.moveTo(deep, outside, deep.name());
                    tree.moveTo(deep, home, deep.name());
                },
                () -> {
                    for (int scope : new int[] {OpenFlags.RESOLVE_BENEATH, OpenFlags.RESOLVE_IN_ROOT}) {
                        PathOperation path = at("a/b/../secret").start(start).resolve(scope);
                        int outcome = vfs.tryStat(Credentials.root(), path, new Stat());
                        assertThat(-outcome).isIn(Errno.ENOENT.number(), Errno.EAGAIN.number());
                    }
                });
    }

    /** Each name always leads to one of the two. */
    @Test
    void entriesThatAreExchangedOrReplacedAreNeverMissing() throws InterruptedException {
        TreeDentry one = tree.add(tree.root(), "one");
        TreeDentry a = tree.add(one, "a");
        TreeDentry b = tree.add(tree.root(), "b");
        Race.of(MOVES, () -> tree.swap(a, b), () -> {
            assertThat(vfs.lookup(Credentials.root(), at("/one/a")).dentry()).isIn(a, b);
            assertThat(vfs.lookup(Credentials.root(), at("/b")).dentry()).isIn(a, b);
        });
        Race.of(
                MOVES,
                () -> {
                    TreeDentry next = tree.add(tree.root(), "next");
                    assertThat(tree.put(next, requireNonNull(tree.root().child(Name.of("b")))))
                            .isTrue();
                },
                () -> assertThat(vfs.lookup(Credentials.root(), at("/b")).dentry())
                        .isNotNull());
    }

    @Test
    void aMoveThatCannotBeMadeChangesNothing() throws ErrnoException {
        TreeDentry one = tree.add(tree.root(), "one");
        TreeDentry child = tree.add(one, "child");
        TreeDentry taken = tree.add(tree.root(), "taken");
        assertThat(tree.tryMove(child, tree.root(), taken.name())).isFalse();
        assertThat(vfs.lookup(Credentials.root(), at("/one/child")).dentry()).isSameAs(child);
        assertThat(vfs.lookup(Credentials.root(), at("/taken")).dentry()).isSameAs(taken);
        tree.remove(taken);
        assertThat(tree.put(child, taken)).isFalse();
        assertThat(child.parent()).isSameAs(one);
    }

    /** Two renames at once, each of a directory into the other, must not make a ring that no root leads to. */
    @Test
    void renamesAtOnceMakeNoRing() throws Exception {
        TreeDentry home = tree.add(tree.root(), "home");
        TreeDentry a = tree.add(home, "a");
        TreeDentry b = tree.add(home, "b");
        CyclicBarrier barrier = new CyclicBarrier(2);
        try (ExecutorService other = Executors.newSingleThreadExecutor()) {
            for (int i = 0; i < 20_000; i++) {
                Future<?> into = other.submit(() -> {
                    barrier.await();
                    return rename("/home/a", "/home/b/a");
                });
                barrier.await();
                rename("/home/b", "/home/a/b");
                into.get(10, TimeUnit.SECONDS);
                assertThat(isBelow(a, home) && isBelow(b, home)).isTrue();
                if (a.parent() == b) {
                    tree.moveTo(a, home, a.name());
                }
                if (b.parent() == a) {
                    tree.moveTo(b, home, b.name());
                }
            }
        }
    }

    private boolean rename(String from, String to) {
        try {
            vfs.rename(Credentials.root(), at(from), at(to), 0);
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    private static boolean isBelow(TreeDentry dentry, TreeDentry above) {
        TreeDentry at = dentry;
        for (int steps = 0; at != null && steps < 5; steps++) {
            if (at == above) {
                return true;
            }
            at = at.parent();
        }
        return false;
    }

    /** An entry that keeps its name while others of its directory come and go is found each time. */
    @Test
    void anEntryThatStaysIsFoundWhileItsNeighboursMove() throws InterruptedException {
        TreeDentry one = tree.add(tree.root(), "one");
        TreeDentry two = tree.add(tree.root(), "two");
        TreeDentry neighbour = tree.add(one, "neighbour");
        TreeDentry stays = tree.add(one, "stays");
        Name[] names = {Name.of("a"), Name.of("b"), Name.of("c"), Name.of("d"), Name.of("e")};
        int[] turn = new int[1];
        Race.of(
                MOVES,
                () -> tree.moveTo(neighbour, neighbour.parent() == one ? two : one, names[turn[0]++ % names.length]),
                () -> assertThat(
                                vfs.lookup(Credentials.root(), at("/one/stays")).dentry())
                        .isSameAs(stays));
        assertThat(one.childCount() + two.childCount()).isEqualTo(2);
    }
}
