package org.caisson.vfs;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The table of mounts and the count of its changes: a walk sees mounts as they were before a change or after it. */
public class MountChanges {
    private MountChanges() {}

    /** A file f in two directories, and a tree with another one to be mounted there. */
    static final class World {
        final StressTree below = new StressTree();
        final StressTree above = new StressTree();
        final TreeDentry upper = above.file(above.root(), "f");
        final VirtualFileSystem vfs = new VirtualFileSystem();
        final VirtualDentry root;

        World() {
            below.file(below.directory(below.root(), "a"), "f");
            below.file(below.directory(below.root(), "b"), "f");
            root = vfs.newMountNamespace(below).root();
        }

        PathOperation at(String path) {
            return new PathOperation().root(root).start(root).path(path);
        }

        void mount() {
            done(() -> vfs.mount(Credentials.root(), at("/a"), above, 0));
        }

        void move() {
            done(() -> vfs.mounts().move(Credentials.root(), at("/a"), at("/b")));
        }

        static void done(Renames.Call call) {
            Errno failure = Renames.errno(call);
            if (failure != null) {
                throw new AssertionError(failure);
            }
        }

        /** Whether a walk comes to the file of the upper tree; it must come to one of them. */
        boolean isCovered(String path) {
            try {
                return vfs.lookup(Credentials.root(), at(path)).dentry() == upper;
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Who saw a mount sees it again. */
    @JCStressTest
    @State
    @Outcome(id = "true, false", expect = FORBIDDEN, desc = "gone again")
    @Outcome(expect = ACCEPTABLE, desc = "before, between or after")
    public static class Mounting {
        private final World world = new World();

        @Actor
        public void mount() {
            world.mount();
        }

        @Actor
        public void look(ZZ_Result result) {
            result.r1 = world.isCovered("/a/f");
            result.r2 = world.isCovered("/b/../a/f");
        }
    }

    /** A mount that moves is seen by who looks first where it was and then where it goes. */
    @JCStressTest
    @State
    @Outcome(id = "false, false", expect = FORBIDDEN, desc = "lost")
    @Outcome(expect = ACCEPTABLE, desc = "here or there")
    public static class Losing {
        private final World world = new World();

        public Losing() {
            world.mount();
        }

        @Actor
        public void move() {
            world.move();
        }

        @Actor
        public void look(ZZ_Result result) {
            result.r1 = world.isCovered("/a/f");
            result.r2 = world.isCovered("/b/f");
        }
    }

    /** A mount that moves is not seen twice by who looks first where it goes. */
    @JCStressTest
    @State
    @Outcome(id = "true, true", expect = FORBIDDEN, desc = "doubled")
    @Outcome(expect = ACCEPTABLE, desc = "here or there")
    public static class Doubling {
        private final World world = new World();

        public Doubling() {
            world.mount();
        }

        @Actor
        public void move() {
            world.move();
        }

        @Actor
        public void look(ZZ_Result result) {
            result.r1 = world.isCovered("/b/f");
            result.r2 = world.isCovered("/a/f");
        }
    }

    /** What is opened on a mount that is taken off keeps it there, or is of what was beneath: who opens counts first and then looks again. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 1", "2, 2"},
            expect = ACCEPTABLE,
            desc = "open and busy, or taken off and not open")
    @Outcome(expect = FORBIDDEN, desc = "taken off while something is open")
    public static class Opening {
        private final World world = new World();
        private final OpenOptions options = new OpenOptions(OpenFlags.O_PATH, 0);

        public Opening() {
            world.mount();
        }

        @Actor
        public void open(II_Result result) {
            try {
                FileDescription file = world.vfs.open(Credentials.root(), world.at("/a/f"), options);
                result.r1 = file.place().dentry() == world.upper ? 1 : 2;
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
        }

        @Actor
        public void unmount(II_Result result) {
            Errno outcome = Renames.errno(() -> world.vfs.unmount(Credentials.root(), world.at("/a"), 0));
            result.r2 = outcome == Errno.EBUSY ? 1 : outcome == null ? 2 : 0;
        }
    }

    /** A lazily taken off mount ends with its last user, once. */
    @JCStressTest
    @State
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "ended")
    @Outcome(expect = FORBIDDEN, desc = "in use for ever, or for nobody")
    public static class Detaching {
        private final World world = new World();
        private final Mount mount;

        public Detaching() {
            world.mount();
            try {
                mount = world.vfs.lookup(Credentials.root(), world.at("/a")).mount();
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
            mount.acquire();
        }

        @Actor
        public void release() {
            mount.release();
        }

        @Actor
        public void detach() {
            World.done(() -> world.vfs.unmount(Credentials.root(), world.at("/a"), MountFlags.MNT_DETACH));
        }

        @Arbiter
        public void look(II_Result result) {
            result.r1 = mount.tryAcquire() ? 1 : 0;
            result.r2 = world.isCovered("/a/f") ? 0 : 1;
        }
    }
}
