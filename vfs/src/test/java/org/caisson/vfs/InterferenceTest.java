package org.caisson.vfs;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Walks in the middle of which something moves or is mounted: the file system does it while a walk asks it for a name. */
class InterferenceTest {
    /** So often a walk is tried; at the last time nobody else can move anything. */
    private static final int ATTEMPTS = 9;

    private final DisturbedTree tree = new DisturbedTree();
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final VirtualDentry root = vfs.newMountNamespace(tree).root();
    private final Credentials admin = Credentials.root();
    private final TreeDentry directory = tree.add(tree.root(), "directory");
    private final TreeDentry other = tree.add(directory, "other");
    private TreeDentry moved = tree.add(tree.root(), "moved");

    private PathOperation at(String path) {
        return new PathOperation().root(root).start(root).path(path);
    }

    private void move() {
        moved = tree.rename(moved, Name.of("moved" + tree.asked));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 8})
    void aWalkBeginsAgainAsOftenAsSomethingMoves(int times) throws ErrnoException {
        tree.missing = times;
        tree.disturbance = this::move;
        VirtualDentry found = vfs.lookup(admin, at("/directory/other/../late/."));
        assertThat(found.dentry()).isSameAs(directory.child(Name.of("late")));
        assertThat(tree.asked).isEqualTo(times + 1);
    }

    @Test
    void theLastAttemptKeepsMoversOutAndCounts() throws Exception {
        tree.missing = Integer.MAX_VALUE;
        FutureTask<Boolean> move =
                new FutureTask<>(() -> tree.rename(other, Name.of("elsewhere")).isAttached());
        tree.disturbance = () -> {
            move();
            if (tree.asked == ATTEMPTS) {
                assertThat(waits(move)).isTrue();
            }
        };
        assertThat(vfs.find(admin, at("/directory/late"))).isNull();
        assertThat(tree.asked).isEqualTo(ATTEMPTS);
        assertThat(move.get(1, TimeUnit.MINUTES)).isTrue();
    }

    /** Whether what runs in another thread waits for a lock. */
    private static boolean waits(FutureTask<?> task) {
        Thread thread = new Thread(task, "mover");
        thread.start();
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (thread.getState() != Thread.State.WAITING && !task.isDone() && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        return !task.isDone();
    }

    @Test
    void aWalkThatNothingMovedUnderEndsAtOnce() throws ErrnoException {
        tree.missing = Integer.MAX_VALUE;
        assertThat(vfs.find(admin, at("/directory/late"))).isNull();
        assertThat(tree.asked).isEqualTo(1);
    }

    @Test
    void aWalkDuringWhichSomethingIsMountedSeesIt() throws ErrnoException {
        PlainTree upper = new PlainTree().files("file");
        tree.disturbance = () -> {
            if (tree.asked == 1) {
                vfs.mount(admin, at("/directory/other"), upper, 0);
            }
        };
        VirtualDentry found = vfs.lookup(admin, at("/directory/late/../other/file"));
        assertThat(found.mount().fileSystem()).isSameAs(upper);
        assertThat(tree.asked).isEqualTo(1);
    }

    @Test
    void whatIsToBeMadeIsLookedForBefore() throws ErrnoException {
        assertThat(failure(() -> vfs.mkdir(admin, at("/directory/late"), 0755))).isEqualTo(Errno.EEXIST);
        assertThat(failure(() -> vfs.rename(admin, at("/moved"), at("/directory/later"), 1)))
                .isEqualTo(Errno.EEXIST);
        assertThat(tree.asked).isEqualTo(2);
    }

    private static @Nullable Errno failure(Disturbance call) {
        try {
            call.happen();
            return null;
        } catch (ErrnoException e) {
            return e.errno();
        }
    }

    /** What happens while a walk asks. */
    @FunctionalInterface
    private interface Disturbance {
        void happen() throws ErrnoException;
    }

    /** A tree whose directories get entries when they are asked for, sooner or later. */
    private static final class DisturbedTree extends TreeFileSystem {
        private final TreeDentry root = new Entry(null, Name.EMPTY);
        private Disturbance disturbance = () -> {};

        /** How often a name is said to be missing before it is there. */
        private int missing;

        private int asked;

        TreeDentry add(TreeDentry parent, String name) {
            return attach(parent, new Entry(parent, Name.of(name)));
        }

        TreeDentry rename(TreeDentry entry, Name name) {
            TreeDentry parent = requireNonNull(entry.parent());
            assertThat(move(entry, parent, name)).isTrue();
            return requireNonNull(parent.child(name));
        }

        @Override
        public String type() {
            return "disturbed";
        }

        @Override
        public TreeDentry root() {
            return root;
        }

        @Override
        protected boolean mayHoldMore(TreeDentry parent) {
            return true;
        }

        @Override
        protected @Nullable TreeDentry lookupMissing(Credentials credentials, TreeDentry parent, Name name)
                throws ErrnoException {
            if (!name.toString().startsWith("late")) {
                return null;
            }
            asked++;
            disturbance.happen();
            return missing-- > 0 ? null : attach(parent, new Entry(parent, name));
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

        private static final class Entry extends TreeDentry {
            Entry(@Nullable TreeDentry parent, Name name) {
                super(parent, name, new Plain());
            }
        }

        private static final class Plain extends Inode {
            Plain() {
                super(1, StatMode.S_IFDIR | 0755, 0, 0);
            }

            @Override
            protected void stat(Stat out) {
                out.mode = mode();
            }
        }
    }
}
