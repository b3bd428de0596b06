package org.caisson.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualFileSystem;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A stat of one path, by our virtual file system and by the kernel, both called from the same JVM. For JMH. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class VfsWalks {
    /** Names a directory of the kernel's, a tmpfs that holds the same files. */
    static final String DIRECTORY = "caisson.bench.directory";

    private static final int STAT_SIZE = 144;

    /** How many directories the path leads through. */
    @Param({"1", "3", "8", "64"})
    public int depth;

    private final VirtualFileSystem files = new VirtualFileSystem();
    private final PathOperation operation = new PathOperation();
    private final Stat stat = new Stat();
    private final Credentials root = Credentials.root();
    private final MemorySegment kernelStat = Arena.ofAuto().allocate(STAT_SIZE, 8);
    private MemorySegment kernelPath = MemorySegment.NULL;
    private int directory = -1;

    /** Builds our tree, and opens the kernel's, from which its walk starts as ours does from its root. */
    @Setup
    public void prepare() throws IOException {
        VfsWalkProgram.buildTree(files, operation);
        byte[] path = VfsWalkProgram.path(depth).getBytes(StandardCharsets.UTF_8);
        operation.path(MemorySegment.ofArray(path), 0, path.length);
        kernelPath = Arena.ofAuto().allocateFrom(VfsWalkProgram.path(depth));
        directory = org.caisson.linux.FileCalls.open(
                        Path.of(System.getProperty(DIRECTORY, ".")).toString(),
                        org.caisson.linux.OpenFlags.O_PATH | org.caisson.linux.OpenFlags.O_DIRECTORY)
                .release();
    }

    /** Ours. */
    @Benchmark
    public long ours() throws IOException {
        files.stat(root, operation, stat);
        return stat.inode;
    }

    /** {@code newfstatat(2)}. */
    @Benchmark
    public long kernel() throws IOException {
        long failed =
                Syscalls.call(SyscallNumbers.NEWFSTATAT, directory, kernelPath.address(), kernelStat.address(), 0);
        if (failed != 0) {
            throw new IOException("stat answers " + failed);
        }
        return kernelStat.get(java.lang.foreign.ValueLayout.JAVA_LONG, 8);
    }
}
