package org.caisson.vfs;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** The mark of a directory's name that everybody may search it: never there when the mode forbids that. */
public class SearchMarks {
    private SearchMarks() {}

    private static final Credentials STRANGER = Credentials.of(1000, 1000);

    private static final class World {
        final StressTree tree = new StressTree();
        final TreeDentry directory = tree.directory(tree.root(), "directory");
        final VirtualFileSystem vfs = new VirtualFileSystem();
        final VirtualDentry root = vfs.newMountNamespace(tree).root();

        World() {
            tree.file(directory, "file");
        }

        /** Whether a stranger gets through the directory. */
        boolean isPassed() {
            PathOperation way = new PathOperation().root(root).start(root).path("/directory/file");
            try {
                vfs.lookup(STRANGER, way);
                return true;
            } catch (ErrnoException e) {
                return false;
            }
        }
    }

    private static boolean isMarked(TreeDentry dentry) {
        return (dentry.attention() & Dentry.NOT_OPEN) == 0;
    }

    /** 1 if it is marked though it must not be, 2 if it is marked and may be, 0 if it is not marked. */
    private static int mark(TreeDentry dentry) {
        boolean mayBe = (dentry.inode().mode() & 0111) == 0111 && dentry.isAttached();
        return isMarked(dentry) ? mayBe ? 2 : 1 : 0;
    }

    /** Who knows that a directory was closed does not get through it. */
    @JCStressTest
    @State
    @Outcome(
            id = {"0, 0", "0, 1", "1, 0"},
            expect = ACCEPTABLE,
            desc = "before or after")
    @Outcome(expect = FORBIDDEN, desc = "through a closed directory")
    public static class Closing {
        private final World world = new World();
        private volatile boolean closed;

        @Actor
        public void chmod() {
            StressTree.chmod(world.directory, 0700);
            closed = true;
        }

        @Actor
        public void walk(II_Result result) {
            result.r1 = closed ? 1 : 0;
            result.r2 = world.isPassed() ? 1 : 0;
        }
    }

    /** Two change the mode at once: in the end the mark agrees with it. */
    @JCStressTest
    @State
    @Outcome(
            id = {"0, 0", "1, 2"},
            expect = ACCEPTABLE,
            desc = "open and marked, or closed and not")
    @Outcome(expect = FORBIDDEN, desc = "mark and mode disagree")
    public static class ClosingAndOpening {
        private final World world = new World();

        @Actor
        public void close() {
            StressTree.chmod(world.directory, 0700);
        }

        @Actor
        public void open() {
            StressTree.chmod(world.directory, 0755);
        }

        @Arbiter
        public void compare(II_Result result) {
            result.r1 = world.isPassed() ? 1 : 0;
            result.r2 = mark(world.directory);
        }
    }

    /** A name comes while its directory is closed: it is not marked then. */
    @JCStressTest
    @State
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "not marked")
    @Outcome(expect = FORBIDDEN, desc = "marked and closed")
    public static class ClosingAndNaming {
        private final World world = new World();
        private final TreeDentry comes = StressTree.entry(world.tree.root(), Name.of("comes"), StatMode.S_IFDIR | 0755);

        @Actor
        public void close() {
            StressTree.chmod(comes, 0700);
        }

        @Actor
        public void name() {
            world.tree.enter(world.tree.root(), comes);
        }

        @Arbiter
        public void compare(I_Result result) {
            result.r1 = mark(comes);
        }
    }

    /** A name goes while its directory is opened: what is in no directory is not marked, for nobody would take the mark off. */
    @JCStressTest
    @State
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "not marked")
    @Outcome(expect = FORBIDDEN, desc = "marked and gone")
    public static class OpeningAndRemoving {
        private final World world = new World();

        public OpeningAndRemoving() {
            StressTree.chmod(world.directory, 0700);
        }

        @Actor
        public void open() {
            StressTree.chmod(world.directory, 0755);
        }

        @Actor
        public void remove() {
            world.tree.leave(world.tree.root(), world.directory);
        }

        @Arbiter
        public void compare(I_Result result) {
            result.r1 = mark(world.directory);
        }
    }

    /** A directory moves while it is closed: it is not marked in the new place. */
    @JCStressTest
    @State
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "closed")
    @Outcome(expect = FORBIDDEN, desc = "marked and closed")
    public static class ClosingAndMoving {
        private final World world = new World();
        private final TreeDentry above = world.tree.directory(world.tree.root(), "above");
        private final Name name = Name.of("directory");

        @Actor
        public void close() {
            StressTree.chmod(world.directory, 0700);
        }

        @Actor
        public void move() {
            world.tree.moveTo(world.directory, above, name);
            world.tree.moveTo(world.directory, world.tree.root(), name);
        }

        @Arbiter
        public void compare(II_Result result) {
            result.r1 = mark(world.directory);
            result.r2 = world.isPassed() ? 1 : 0;
        }
    }
}
