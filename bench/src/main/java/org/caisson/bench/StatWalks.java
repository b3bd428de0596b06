package org.caisson.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A stat of one path: parsed and walked from the root each time, with permission checks of a user without privileges, and all that stat(2)
 * tells filled in. For JMH.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class StatWalks {
    /** How many directories the path leads through. */
    @Param({"1", "2", "3", "8", "64", "100"})
    public int depth;

    private final MemTree tree = new MemTree();
    private final JavaTree jimfs = JavaTree.jimfs();
    private final JavaTree tmpfs;
    private final Stat stat = new Stat();
    private PathOperation array = new PathOperation();
    private PathOperation memory = new PathOperation();
    private PathOperation crossing = new PathOperation();
    private PathOperation missing = new PathOperation();
    private PathOperation link = new PathOperation();
    private PathOperation erofs = new PathOperation();
    private String path = "";
    private @Nullable ErofsTree image;

    /** Makes the trees' tops. */
    public StatWalks() {
        try {
            tmpfs = JavaTree.tmpfs();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The same files in all trees; in ours once more below a mount point. */
    @Setup
    public void prepare() throws IOException {
        String directories = MemTree.directories(depth);
        path = directories + MemTree.FILE;
        tree.makeDirectories("/" + directories);
        tree.create("/" + path).close();
        tree.makeDirectories("/tmp/");
        tree.mount("/tmp");
        tree.makeDirectories("/tmp/" + directories);
        tree.create("/tmp/" + path).close();
        byte[] target = MemTree.FILE.getBytes(StandardCharsets.UTF_8);
        tree.files.symlink(MemTree.NOBODY, tree.at("/" + directories + "link"), MemorySegment.ofArray(target));
        array = tree.at("/" + path).followFinal(true);
        crossing = tree.at("/tmp/" + path).followFinal(true);
        missing = tree.at("/" + directories + MemTree.FILE.replace('c', 'k')).followFinal(true);
        link = tree.at("/" + directories + "link").followFinal(true);
        byte[] bytes = ("/" + path).getBytes(StandardCharsets.UTF_8);
        MemorySegment segment = Arena.ofAuto().allocate(bytes.length);
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
        memory = tree.at("/").path(segment, 0, bytes.length).followFinal(true);
        ErofsTree written = new ErofsTree(path);
        image = written;
        erofs = written.at("/" + path).followFinal(true);
        written.files.stat(MemTree.NOBODY, erofs, stat); // as the trees in memory, it is there before it is walked
        for (JavaTree peer : new JavaTree[] {jimfs, tmpfs}) {
            peer.makeDirectories(directories);
            Files.createFile(peer.at(path));
        }
        System.gc(); // what is walked lies together then, as it does in a program that has run for a while
    }

    /** Takes the trees away. */
    @TearDown
    public void clear() throws IOException {
        tree.close();
        Objects.requireNonNull(image).close();
        jimfs.close();
        tmpfs.close();
    }

    private int stat(PathOperation operation) throws ErrnoException {
        tree.files.stat(MemTree.NOBODY, operation, stat);
        if ((stat.mode & ~StatMode.S_IFMT) != 0644) {
            throw new IllegalStateException("mode " + Integer.toOctalString(stat.mode));
        }
        return stat.mode;
    }

    /** The path is an array. */
    @Benchmark
    public int array() throws ErrnoException {
        return stat(array);
    }

    /** The path is in native memory. */
    @Benchmark
    public int memory() throws ErrnoException {
        return stat(memory);
    }

    /** The same below a mount point at the root: one directory and one mount more. */
    @Benchmark
    public int crossing() throws ErrnoException {
        return stat(crossing);
    }

    /** The file is in an image that is read in place. */
    @Benchmark
    public int erofs() throws ErrnoException {
        Objects.requireNonNull(image).files.stat(MemTree.NOBODY, erofs, stat);
        if ((stat.mode & ~StatMode.S_IFMT) != 0644) {
            throw new IllegalStateException("mode " + Integer.toOctalString(stat.mode));
        }
        return stat.mode;
    }

    /** The file is not there. */
    @Benchmark
    public int missing() throws ErrnoException {
        int outcome = tree.files.tryStat(MemTree.NOBODY, missing, stat);
        if (outcome != -Errno.ENOENT.number()) {
            throw new IllegalStateException("stat gives " + outcome);
        }
        return outcome;
    }

    /** The path ends in a symbolic link to the file beside it. */
    @Benchmark
    public int link() throws ErrnoException {
        return stat(link);
    }

    /** jimfs. */
    @Benchmark
    public Object jimfs() throws IOException {
        return Files.readAttributes(jimfs.at(path), PosixFileAttributes.class);
    }

    /** The kernel's tmpfs, as Java asks it. */
    @Benchmark
    public Object tmpfs() throws IOException {
        return Files.readAttributes(tmpfs.at(path), PosixFileAttributes.class);
    }
}
