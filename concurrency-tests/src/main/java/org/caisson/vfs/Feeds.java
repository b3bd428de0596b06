package org.caisson.vfs;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.notify.Change;
import org.caisson.vfs.notify.ChangeFeed;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** The order of changes in a feed is the one in which they took effect. */
public class Feeds {
    private Feeds() {}

    private static final class World {
        final MemWorld mem = new MemWorld();
        final ChangeFeed feed;

        World() {
            try {
                feed = ChangeFeed.subscribe(mem.root, 16);
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
        }

        void create(String path) {
            MountChanges.World.done(() -> mem.vfs.mknod(Credentials.root(), mem.at(path), StatMode.S_IFREG, 0));
        }

        void rename(String from, String to) {
            MountChanges.World.done(() -> mem.vfs.rename(Credentials.root(), mem.at(from), mem.at(to), 0));
        }

        /** What the feed tells, in short; a number that does not rise shows. */
        String told() {
            StringBuilder told = new StringBuilder();
            long last = Long.MIN_VALUE;
            for (Change change = feed.poll(); change != null; change = feed.poll()) {
                if (change.sequence() <= last) {
                    told.append('!');
                }
                last = change.sequence();
                told.append(
                        switch (change) {
                            case Change.Created created -> "made " + created.path() + ";";
                            case Change.Removed removed -> "removed " + removed.path() + ";";
                            case Change.Moved moved -> moved.from() + " to " + moved.to() + ";";
                            default -> "?";
                        });
            }
            feed.close();
            return told.toString();
        }
    }

    /** Who sees one name and then makes another is told of second. */
    @JCStressTest
    @State
    @Outcome(
            id = {"made x;", "made x;made y;"},
            expect = ACCEPTABLE,
            desc = "the cause first")
    @Outcome(expect = FORBIDDEN, desc = "out of order, or lost")
    public static class Cause {
        private final World world = new World();

        @Actor
        public void create() {
            world.create("x");
        }

        @Actor
        public void follow() {
            if (world.mem.exists("x")) {
                world.create("y");
            }
        }

        @Arbiter
        public void read(L_Result result) {
            result.r1 = world.told();
        }
    }

    /** A name comes into a directory that moves: its path is the one of that moment. */
    @JCStressTest
    @State
    @Outcome(
            id = {"made dir/x;dir to moved;", "dir to moved;made moved/x;", "dir to moved;"},
            expect = ACCEPTABLE,
            desc = "before the move, after it, or not at all")
    @Outcome(expect = FORBIDDEN, desc = "out of order, or lost")
    public static class Moving {
        private final World world = new World();

        @Actor
        public void move() {
            world.rename("dir", "moved");
        }

        @Actor
        public void create() {
            Renames.errno(() -> world.mem.vfs.mknod(Credentials.root(), world.mem.at("dir/x"), StatMode.S_IFREG, 0));
        }

        @Arbiter
        public void read(L_Result result) {
            result.r1 = world.told();
        }
    }

    /** One makes a name that the other removes if it is there. */
    @JCStressTest
    @State
    @Outcome(
            id = {"made x;", "made x;removed x;"},
            expect = ACCEPTABLE,
            desc = "made, then removed")
    @Outcome(expect = FORBIDDEN, desc = "out of order, or lost")
    public static class Removing {
        private final World world = new World();

        @Actor
        public void create() {
            world.create("x");
        }

        @Actor
        public void remove() {
            Renames.errno(() -> world.mem.vfs.unlink(Credentials.root(), world.mem.at("x")));
        }

        @Arbiter
        public void read(L_Result result) {
            result.r1 = world.told();
        }
    }
}
