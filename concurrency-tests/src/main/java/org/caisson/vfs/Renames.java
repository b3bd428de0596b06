package org.caisson.vfs;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The count of renames: a walk sees the tree as it was before a move or after it. */
public class Renames {
    private Renames() {}

    /** Two directories of one tree, with a file in each, and who walks there. */
    private static final class World {
        final StressTree tree = new StressTree();
        final TreeDentry a = tree.directory(tree.root(), "a");
        final TreeDentry b = tree.directory(tree.root(), "b");
        final TreeDentry one = tree.file(a, "a-name-of-more-than-two-words-of-eight");
        final TreeDentry two = tree.file(b, "two");
        final VirtualFileSystem vfs = new VirtualFileSystem();
        final VirtualDentry root = vfs.newMountNamespace(tree).root();

        PathOperation at(String path) {
            return new PathOperation().root(root).start(root).path(path);
        }

        @Nullable
        Dentry find(String path) {
            return find(at(path));
        }

        @Nullable
        Dentry find(PathOperation way) {
            try {
                VirtualDentry found = vfs.find(Credentials.root(), way);
                return found == null ? null : found.dentry();
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static final String ONE = "/a/a-name-of-more-than-two-words-of-eight";

    /** Who looks first where it was and then where it goes sees it once at least. */
    @JCStressTest
    @State
    @Outcome(id = "false, false", expect = FORBIDDEN, desc = "lost")
    @Outcome(expect = ACCEPTABLE, desc = "before, after or both")
    public static class Losing {
        private final World world = new World();
        private final Name name = Name.of("moved");

        @Actor
        public void move() {
            world.tree.moveTo(world.one, world.b, name);
        }

        @Actor
        public void look(ZZ_Result result) {
            result.r1 = world.find(ONE) == world.one;
            result.r2 = world.find("/b/moved") == world.one;
        }
    }

    /** Who looks first where it goes and then where it was sees it once at most. */
    @JCStressTest
    @State
    @Outcome(id = "true, true", expect = FORBIDDEN, desc = "doubled")
    @Outcome(expect = ACCEPTABLE, desc = "before, after or neither")
    public static class Doubling {
        private final World world = new World();
        private final Name name = Name.of("moved");

        @Actor
        public void move() {
            world.tree.moveTo(world.one, world.b, name);
        }

        @Actor
        public void look(ZZ_Result result) {
            result.r1 = world.find("/b/moved") == world.one;
            result.r2 = world.find(ONE) == world.one;
        }
    }

    /** 1 before, 2 after: never after and then before, never nothing. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 1", "1, 2", "2, 2"},
            expect = ACCEPTABLE,
            desc = "in order")
    @Outcome(expect = FORBIDDEN, desc = "lost, or back again")
    public static class Exchange {
        private final World world = new World();

        @Actor
        public void swap() {
            world.tree.swap(world.one, world.two);
        }

        @Actor
        public void look(II_Result result) {
            Dentry first = world.find(ONE);
            result.r1 = first == world.one ? 1 : first == world.two ? 2 : 0;
            Dentry second = world.find("/b/two");
            result.r2 = second == world.two ? 1 : second == world.one ? 2 : 0;
        }
    }

    /** The way up from a directory that moves and down again. */
    @JCStressTest
    @State
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "there and back")
    @Outcome(expect = FORBIDDEN, desc = "astray")
    public static class UpAndDown {
        private final World world = new World();
        private final TreeDentry child = world.tree.directory(world.a, "child");
        private final Name name = Name.of("child");

        @Actor
        public void move() {
            world.tree.moveTo(child, world.b, name);
        }

        @Actor
        public void look(I_Result result) {
            PathOperation way = world.at("../child").start(new VirtualDentry(world.root.mount(), child));
            result.r1 = world.find(way) == child ? 1 : 0;
        }
    }

    /** What removes or makes a name that is being replaced finds the one or the other. */
    @JCStressTest
    @State
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "there")
    @Outcome(expect = FORBIDDEN, desc = "missing")
    public static class Replacing {
        private final World world = new World();

        @Actor
        public void replace() {
            world.tree.put(world.one, world.two);
        }

        @Actor
        public void look(II_Result result) {
            Errno removal = errno(() -> world.vfs.rmdir(Credentials.root(), world.at("/b/two")));
            result.r1 = removal == Errno.ENOTDIR ? 1 : 0;
            Errno making = errno(() -> world.vfs.mkdir(Credentials.root(), world.at("/b/two"), 0755));
            result.r2 = making == Errno.EEXIST ? 1 : 0;
        }
    }

    @FunctionalInterface
    interface Call {
        void make() throws ErrnoException;
    }

    /** What a call fails with; null if it does not. */
    static @Nullable Errno errno(Call call) {
        try {
            call.make();
            return null;
        } catch (ErrnoException e) {
            return e.errno();
        }
    }

    /** One takes a name away while another gives the file a new one: only one of them can. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 0", "0, 2"},
            expect = ACCEPTABLE,
            desc = "removed, or renamed and there by the new name")
    @Outcome(expect = FORBIDDEN, desc = "both or neither")
    public static class Removal {
        private final MemWorld world = new MemWorld("file");

        @Actor
        public void unlink(II_Result result) {
            result.r1 = errno(() -> world.vfs.unlink(Credentials.root(), world.at("file"))) == null ? 1 : 0;
        }

        @Actor
        public void rename(II_Result result) {
            Errno outcome = errno(() -> world.vfs.rename(Credentials.root(), world.at("file"), world.at("renamed"), 0));
            result.r2 = outcome == null ? 1 : 0;
        }

        @Arbiter
        public void count(II_Result result) {
            if (world.exists("renamed")) {
                result.r2++;
            }
        }
    }

    /** The same of a directory. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 0", "0, 2"},
            expect = ACCEPTABLE,
            desc = "removed, or renamed and there by the new name")
    @Outcome(expect = FORBIDDEN, desc = "both or neither")
    public static class RemovalOfDirectory {
        private final MemWorld world = new MemWorld();

        @Actor
        public void rmdir(II_Result result) {
            result.r1 = errno(() -> world.vfs.rmdir(Credentials.root(), world.at("dir"))) == null ? 1 : 0;
        }

        @Actor
        public void rename(II_Result result) {
            Errno outcome = errno(() -> world.vfs.rename(Credentials.root(), world.at("dir"), world.at("renamed"), 0));
            result.r2 = outcome == null ? 1 : 0;
        }

        @Arbiter
        public void count(II_Result result) {
            if (world.exists("renamed")) {
                result.r2++;
            }
        }
    }
}
