package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Walks run while entries move: they must see each entry in its old place or its new one, never in none. */
class RenameRaceTest {
    private static final int MOVES = 200_000;

    private final MovingTree tree = new MovingTree();
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final VirtualDentry root = vfs.newMountNamespace(tree).root();

    /** A tree of directories whose entries can be moved about. */
    private static final class MovingTree extends TreeFileSystem {
        private final TreeDentry root = new MovingDentry(null, Name.EMPTY);

        @Override
        public String type() {
            return "moving";
        }

        @Override
        public TreeDentry root() {
            return root;
        }

        TreeDentry add(TreeDentry parent, String name) {
            return attach(parent, new MovingDentry(parent, Name.of(name)));
        }

        void moveTo(TreeDentry child, TreeDentry parent, Name name) {
            move(child, parent, name);
        }

        @Override
        protected void statFileSystem(Dentry dentry, FileSystemStatistics out) {
            throw new UnsupportedOperationException("statfs");
        }

        @Override
        protected FileDescription openDescription(VirtualDentry place, Credentials credentials, int flags)
                throws ErrnoException {
            throw Errno.EACCES.exception();
        }
    }

    private static final class MovingDentry extends TreeDentry {
        MovingDentry(@Nullable TreeDentry parent, Name name) {
            super(parent, name, new DirectoryInode());
        }
    }

    private static final class DirectoryInode extends Inode {
        DirectoryInode() {
            super(1, StatMode.S_IFDIR | 0755, 0, 0);
        }

        @Override
        protected void stat(Stat out) {
            out.mode = mode();
        }
    }

    private PathOperation at(String path) {
        return new PathOperation().root(root).start(root).path(path);
    }

    /** Walks with {@code walker} in two threads while {@code mover} moves; the walker's complaint, or null. */
    private static @Nullable Throwable race(Runnable mover, Walker walker) throws InterruptedException {
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread[] walkers = new Thread[2];
        for (int i = 0; i < walkers.length; i++) {
            walkers[i] = Thread.ofPlatform().start(() -> {
                try {
                    while (!done.get()) {
                        walker.walk();
                    }
                } catch (ErrnoException | AssertionError e) {
                    failure.compareAndSet(null, e);
                }
            });
        }
        try {
            for (int i = 0; i < MOVES && failure.get() == null; i++) {
                mover.run();
            }
        } finally {
            done.set(true);
            for (Thread thread : walkers) {
                thread.join();
            }
        }
        return failure.get();
    }

    @FunctionalInterface
    private interface Walker {
        void walk() throws ErrnoException;
    }

    /** The way up goes by the parent at the moment; were it read in halves, the walk would end elsewhere. */
    @Test
    void theWayUpAndDownAgainIsNeverLost() throws InterruptedException {
        TreeDentry one = tree.add(tree.root(), "one");
        TreeDentry two = tree.add(tree.root(), "two");
        TreeDentry child = tree.add(one, "child");
        tree.add(child, "leaf");
        Name name = child.name();
        Throwable failure = race(() -> tree.moveTo(child, child.parent() == one ? two : one, name), () -> {
            PathOperation up = at("../child/leaf").start(new VirtualDentry(root.mount(), child));
            assertThat(vfs.lookup(Credentials.root(), up).dentry()).isNotNull();
        });
        assertThat(failure).isNull();
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
        Throwable failure = race(
                () -> tree.moveTo(neighbour, neighbour.parent() == one ? two : one, names[turn[0]++ % names.length]),
                () -> assertThat(
                                vfs.lookup(Credentials.root(), at("/one/stays")).dentry())
                        .isSameAs(stays));
        assertThat(failure).isNull();
        assertThat(one.childCount() + two.childCount()).isEqualTo(2);
    }
}
