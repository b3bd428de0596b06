package org.caisson.vfs;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.foreign.MemorySegment;
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

/** Users of a file: its data is there for as long as it has a name or a user, and goes with the last. */
public class FileUsers {
    private FileUsers() {}

    private static FileDescription open(MemWorld world, String path) throws ErrnoException {
        return world.vfs.open(Credentials.root(), world.at(path), OpenOptions.READ);
    }

    private static void unlink(MemWorld world) {
        Errno failure = Renames.errno(() -> world.vfs.unlink(Credentials.root(), world.at("file")));
        if (failure != null) {
            throw new AssertionError(failure);
        }
    }

    private static void close(@Nullable FileDescription file) {
        if (file != null) {
            file.close();
        }
    }

    private static int read(FileDescription file) throws ErrnoException {
        byte[] data = new byte[1];
        return file.read(MemorySegment.ofArray(data), 0) == 1 ? data[0] : -1;
    }

    /** Who could open a file reads it, though its name goes, and takes its data along at the end. */
    @JCStressTest
    @State
    @Outcome(
            id = {"0, 0", "1, 0"},
            expect = ACCEPTABLE,
            desc = "came too late, or read it")
    @Outcome(expect = FORBIDDEN, desc = "data lost, or left behind")
    public static class Opening {
        private final MemWorld world = new MemWorld("file");

        @Actor
        public void unlink() {
            FileUsers.unlink(world);
        }

        @Actor
        public void open(II_Result result) {
            try (FileDescription file = FileUsers.open(world, "file")) {
                result.r1 = read(file);
            } catch (ErrnoException e) {
                result.r1 = e.errno() == Errno.ENOENT ? 0 : 2;
            }
        }

        @Arbiter
        public void count(II_Result result) {
            result.r2 = (int) world.used();
        }
    }

    /** The last user and the last name go at once: so does the data. */
    @JCStressTest
    @State
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "freed")
    @Outcome(expect = FORBIDDEN, desc = "left behind, or freed twice")
    public static class Closing {
        private final MemWorld world = new MemWorld("file");
        private final FileDescription file;

        public Closing() {
            try {
                file = FileUsers.open(world, "file");
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
        }

        @Actor
        public void close() {
            file.close();
        }

        @Actor
        public void unlink() {
            FileUsers.unlink(world);
        }

        @Arbiter
        public void count(I_Result result) {
            result.r1 = (int) world.used();
        }
    }

    /** A name is given to a file while it loses its only one: it has one in the end and is whole, or is gone. */
    @JCStressTest
    @State
    @Outcome(
            id = {"0, 0", "1, 1"},
            expect = ACCEPTABLE,
            desc = "gone, or whole by its new name")
    @Outcome(expect = FORBIDDEN, desc = "a name without a file, or data without a name")
    public static class Linking {
        private final MemWorld world = new MemWorld("file");

        @Actor
        public void unlink() {
            FileUsers.unlink(world);
        }

        @Actor
        public void link(II_Result result) {
            Errno outcome =
                    Renames.errno(() -> world.vfs.link(Credentials.root(), world.at("file"), world.at("dir/link")));
            result.r1 = outcome == null ? 1 : 0;
        }

        @Arbiter
        public void look(II_Result result) {
            FileDescription linked = null;
            try {
                linked = FileUsers.open(world, "dir/link");
                result.r2 = read(linked);
            } catch (ErrnoException e) {
                result.r2 = (int) world.used();
            } finally {
                FileUsers.close(linked);
            }
        }
    }

    /**
     * A file's last user goes together with its last name. While it had a user and no name it kept the directory that it was in, and in the
     * end that is as it was: it can be opened, and nobody uses it.
     */
    @JCStressTest
    @State
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "kept, and given back")
    @Outcome(expect = FORBIDDEN, desc = "given back before it was kept, or never")
    public static class Keeping {
        private final MemWorld world = new MemWorld("dir/file");
        private final FileDescription file;

        public Keeping() {
            try {
                file = FileUsers.open(world, "dir/file");
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
        }

        @Actor
        public void close() {
            file.close();
        }

        @Actor
        public void unlink() {
            Errno failure = Renames.errno(() -> world.vfs.unlink(Credentials.root(), world.at("dir/file")));
            if (failure != null) {
                throw new AssertionError(failure);
            }
        }

        @Arbiter
        public void look(II_Result result) {
            try (FileDescription directory = FileUsers.open(world, "dir")) {
                TreeDentry dentry = (TreeDentry) directory.place().dentry();
                result.r2 = dentry.inode().users() - 1;
            } catch (ErrnoException e) {
                result.r1 = e.errno().number();
            }
        }
    }

    /** A file loses both of its names at once, and one of the places for inodes that it took is given back with each. */
    @JCStressTest
    @State
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "all given back")
    @Outcome(expect = FORBIDDEN, desc = "given back too often, or not at all")
    public static class LosingNames {
        private final MemWorld world = new MemWorld();
        private final long inodes = world.freeInodes();

        public LosingNames() {
            try {
                world.create("file", 1);
                world.vfs.link(Credentials.root(), world.at("file"), world.at("dir/link"));
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
        }

        @Actor
        public void unlink() {
            FileUsers.unlink(world);
        }

        @Actor
        public void unlinkOther() {
            Errno failure = Renames.errno(() -> world.vfs.unlink(Credentials.root(), world.at("dir/link")));
            if (failure != null) {
                throw new AssertionError(failure);
            }
        }

        @Arbiter
        public void count(I_Result result) {
            result.r1 = (int) (inodes - world.freeInodes());
        }
    }
}
