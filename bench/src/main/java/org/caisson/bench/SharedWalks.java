package org.caisson.bench;

import java.util.concurrent.TimeUnit;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A stat of one file below eight directories by several threads, and by one while another one renames elsewhere. For JMH. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SharedWalks {
    private static final String FILE = "/" + MemTree.directories(8) + MemTree.FILE;
    private static final String MOVED = "/elsewhere/from/moved";
    private static final String MOVED_TO = "/elsewhere/to/moved";

    private static final int STEPS = 64;
    /** Of Knuth's linear congruential generator MMIX. */
    private static final long FACTOR = 6364136223846793005L;

    /** One tree for all threads. */
    @State(Scope.Benchmark)
    public static class Tree {
        private final MemTree tree = new MemTree();

        /** Makes the file that is looked for, and one that is moved. */
        public Tree() {
            try {
                tree.makeDirectories(FILE);
                tree.create(FILE).close();
                tree.makeDirectories(MOVED);
                tree.makeDirectories(MOVED_TO);
                tree.create(MOVED).close();
            } catch (ErrnoException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Takes the tree away. */
        @TearDown
        public void clear() {
            tree.close();
        }
    }

    /** What one thread needs. */
    @State(Scope.Thread)
    public static class Walker {
        private final Stat stat = new Stat();
        private PathOperation operation = new PathOperation();
        private PathOperation from = new PathOperation();
        private PathOperation to = new PathOperation();
        private boolean moved;

        /** All walk in the same tree. */
        @Setup
        public void prepare(Tree shared) {
            operation = shared.tree.at(FILE).followFinal(true);
            from = shared.tree.at(MOVED);
            to = shared.tree.at(MOVED_TO);
        }
    }

    /** A thread with a tree that no other one knows. */
    @State(Scope.Thread)
    public static class Hermit {
        private final Tree own = new Tree();
        private final Stat stat = new Stat();
        private final PathOperation operation = own.tree.at(FILE).followFinal(true);
        private long number = 1;

        /** Takes the tree away. */
        @TearDown
        public void clear() {
            own.clear();
        }
    }

    /** As many threads as JMH is told to start. */
    @Benchmark
    public int alike(Tree shared, Walker walker) throws ErrnoException {
        shared.tree.files.stat(MemTree.NOBODY, walker.operation, walker.stat);
        return walker.stat.mode;
    }

    /** The same where the threads have nothing in common: {@link #alike} can scale no better than this. */
    @Benchmark
    public int apart(Hermit hermit) throws ErrnoException {
        hermit.own.tree.files.stat(MemTree.NOBODY, hermit.operation, hermit.stat);
        return hermit.stat.mode;
    }

    /** Numbers, each made from the one before, without any memory: what another processor of this machine is worth. */
    @Benchmark
    public long arithmetic(Hermit hermit) {
        long number = hermit.number;
        long other = ~number;
        for (int step = 0; step < STEPS; step++) {
            number = number * FACTOR + STEPS;
            other = (other ^ (other >>> 29)) * FACTOR;
        }
        hermit.number = number;
        return number ^ other;
    }

    /** One thread, beside {@link #rename}. */
    @Benchmark
    @Group("disturbed")
    @GroupThreads(1)
    public int walk(Tree shared, Walker walker) throws ErrnoException {
        return alike(shared, walker);
    }

    /** One thread that moves a file from one directory to another, and back. */
    @Benchmark
    @Group("disturbed")
    @GroupThreads(1)
    public void rename(Tree shared, Walker walker) throws ErrnoException {
        shared.tree.files.rename(
                MemTree.NOBODY, walker.moved ? walker.to : walker.from, walker.moved ? walker.from : walker.to, 0);
        walker.moved = !walker.moved;
    }
}
