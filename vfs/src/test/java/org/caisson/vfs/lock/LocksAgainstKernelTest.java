package org.caisson.vfs.lock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.FileDescription;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random locks of all kinds by several owners through several open files, none of which waits: each answer and, again and again, the
 * list of all locks must be those of the kernel.
 */
@ExtendWith(FdLeakCheck.class)
class LocksAgainstKernelTest {
    private static final int STEPS = Integer.getInteger("caisson.test.lock.steps", 3000);
    private static final int PID = (int) ProcessHandle.current().pid();
    private static final List<String> FILES = List.of("a", "b");
    private static final int[] MODES = {OpenFlags.O_RDONLY, OpenFlags.O_WRONLY, OpenFlags.O_RDWR, OpenFlags.O_RDWR};
    private static final int LOCK_NB = 4;

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Integer.getInteger("caisson.test.seeds", 4));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyAnswerIsTheKernels(long seed) throws Exception {
        try (LockedFiles files = new LockedFiles("a", "b");
                Comparison comparison = new Comparison(files, new Random(seed))) {
            assertThat(comparison.run()).as("seed %d", seed).isEmpty();
        }
    }

    /** Each lock is one of the host's too, and in nobody's way for that. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void locksOnFilesOfTheHostAreTheSame(long seed) throws Exception {
        try (LockedFiles files = LockedFiles.ofHost("a", "b");
                Comparison comparison = new Comparison(files, new Random(seed))) {
            assertThat(comparison.run()).as("seed %d", seed).isEmpty();
        }
    }

    /** A file that is open on both sides. */
    private static final class Opened {
        final int owner;
        final String name;
        final int mode;
        final int fd;
        final FileDescription description;

        Opened(int owner, String name, int mode, int fd, FileDescription description) {
            this.owner = owner;
            this.name = name;
            this.mode = mode;
            this.fd = fd;
            this.description = description;
        }

        @Override
        public String toString() {
            return owner + ":" + name + "/" + fd + " mode " + mode;
        }
    }

    private static final class Comparison implements AutoCloseable {
        private final LockedFiles files;
        private final Random random;
        private final List<KernelOwner> kernel = new ArrayList<>();
        private final List<LockOwner> ours = new ArrayList<>();
        private final List<Opened> opened = new ArrayList<>();
        private final List<String> trace = new ArrayList<>();

        Comparison(LockedFiles files, Random random) throws ErrnoException {
            this.files = files;
            this.random = random;
            for (int i = 0; i < 3; i++) {
                kernel.add(new KernelOwner());
                ours.add(LockOwner.process(PID));
                for (String name : FILES) {
                    opened.add(open(i, name));
                    opened.add(open(i, name));
                }
            }
        }

        private Opened open(int owner, String name) throws ErrnoException {
            int mode = MODES[random.nextInt(MODES.length)];
            int fd = kernel.get(owner).open(files.path(name), mode);
            return new Opened(owner, name, mode, fd, files.open(name, mode));
        }

        /** Empty, or how the first difference came to be. */
        List<String> run() throws Exception {
            for (int step = 0; step < STEPS; step++) {
                Opened file = opened.get(random.nextInt(opened.size()));
                int kind = random.nextInt(100);
                boolean same;
                if (kind < 75) {
                    same = range(file);
                } else if (kind < 90) {
                    same = whole(file);
                } else {
                    same = reopen(file);
                }
                same &= step % 10 != 0
                        || same(
                                "all locks",
                                files.kernelLocks().toString(),
                                files.ourLocks().toString());
                if (!same) {
                    return trace.subList(Math.max(0, trace.size() - 40), trace.size());
                }
            }
            return List.of();
        }

        private boolean same(String what, String expected, String actual) {
            boolean same = expected.equals(actual);
            trace.add(what + " = " + expected + (same ? "" : " but ours " + actual));
            return same;
        }

        private boolean range(Opened file) throws Exception {
            boolean ofFile = random.nextInt(3) == 0;
            boolean asks = random.nextInt(3) == 0;
            int type = random.nextInt(3);
            long start = position();
            long length =
                    random.nextInt(6) == 0 ? 0 : random.nextInt(6) == 0 ? -random.nextInt(8) : 1 + random.nextInt(12);
            if (random.nextInt(40) == 0) {
                length = Long.MAX_VALUE - random.nextInt(3);
            }
            int command = asks
                    ? ofFile ? KernelOwner.OFD_GETLK : KernelOwner.GETLK
                    : ofFile ? KernelOwner.OFD_SETLK : KernelOwner.SETLK;
            String expected = kernel.get(file.owner).fcntl(file.fd, command, type, start, length);
            OpenFileLocks locks = file.description.locks();
            LockOwner owner = ofFile ? locks.owner() : ours.get(file.owner);
            String actual = outcome(locks, owner, asks, LockType.of(type), start, length);
            return same(file + " fcntl " + command + " " + type + " " + start + "+" + length, expected, actual);
        }

        private long position() {
            return random.nextInt(20) == 0
                    ? Long.MAX_VALUE - random.nextInt(4)
                    : random.nextInt(32) - (random.nextInt(20) == 0 ? 8 : 0);
        }

        private static String outcome(
                OpenFileLocks locks, LockOwner owner, boolean asks, LockType type, long start, long length) {
            if (asks && type == LockType.NONE && owner != locks.owner()) {
                return "-22"; // what fcntl(2) says before it looks at the range
            }
            try {
                LockRange range = LockRange.of(start, length);
                if (!asks) {
                    locks.set(owner, type, range.start(), range.end());
                    return "0";
                }
                LockInfo found = locks.conflict(owner, type, range.start(), range.end());
                return found == null
                        ? "free"
                        : found.type()
                                + " "
                                + found.start()
                                + "+"
                                + new LockRange(found.start(), found.end()).length()
                                + " of "
                                + found.pid();
            } catch (ErrnoException e) {
                return "-" + e.errno().number();
            }
        }

        private boolean whole(Opened file) throws Exception {
            int type = random.nextInt(3);
            int operation = List.of(1, 2, 8).get(type);
            String expected = Integer.toString(kernel.get(file.owner).flock(file.fd, operation | LOCK_NB));
            String actual = "0";
            try {
                file.description.locks().flock(LockType.of(type), false, PID, null);
            } catch (ErrnoException e) {
                actual = "-" + e.errno().number();
            }
            return same(file + " flock " + operation, expected, actual);
        }

        private boolean reopen(Opened file) throws Exception {
            String expected = Integer.toString(kernel.get(file.owner).closeFile(file.fd));
            file.description.flush(ours.get(file.owner));
            file.description.release();
            opened.set(opened.indexOf(file), open(file.owner, file.name));
            return same(file + " close", expected, "0");
        }

        @Override
        public void close() throws ErrnoException {
            for (Opened file : opened) {
                kernel.get(file.owner).closeFile(file.fd);
                file.description.flush(ours.get(file.owner));
                file.description.release();
            }
            assertThat(files.fileSystem.locks().size()).isZero();
            for (int i = 0; i < kernel.size(); i++) {
                assertThat(ours.get(i).holdsLocks()).isFalse();
                kernel.get(i).close();
            }
        }
    }
}
