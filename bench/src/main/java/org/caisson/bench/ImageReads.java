package org.caisson.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
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

/** What is read of one file of an image, in place, and of the same in memory. For JMH; a method's name is the operation and where. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ImageReads {
    private static final String FILE = MemTree.directories(3) + MemTree.FILE;
    private static final OpenOptions READ = new OpenOptions(OpenFlags.O_RDONLY, 0);

    /** How long the file is: behind its inode in the image, a block of its own, and many. */
    @Param({"1000", "4096", "131072"})
    public int bytes;

    private final Arena arena = Arena.ofShared();
    private final MemTree memory = new MemTree();
    private @Nullable Made made;

    /** A file in both, open, and where what is read goes. */
    private record Made(
            ErofsTree image,
            PathOperation pathInMemory,
            PathOperation pathInImage,
            FileDescription inMemory,
            FileDescription inImage,
            MemorySegment target) {}

    /** Writes the file to both. */
    @Setup
    public void prepare() throws IOException {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        memory.makeDirectories("/" + FILE);
        MemorySegment source = arena.allocate(bytes);
        source.copyFrom(MemorySegment.ofArray(content));
        try (FileDescription written = memory.create("/" + FILE)) {
            written.write(source, 0);
        }
        ErofsTree image = new ErofsTree(FILE, content);
        PathOperation pathInMemory = memory.at("/" + FILE);
        PathOperation pathInImage = image.at("/" + FILE);
        made = new Made(
                image,
                pathInMemory,
                pathInImage,
                memory.files.open(MemTree.NOBODY, pathInMemory, READ),
                image.files.open(MemTree.NOBODY, pathInImage, READ),
                arena.allocate(bytes));
    }

    private Made made() {
        return Objects.requireNonNull(made);
    }

    /** Gives all back. */
    @TearDown
    public void clear() {
        made().inMemory.close();
        made().inImage.close();
        made().image.close();
        memory.close();
        arena.close();
    }

    private static long read(FileDescription opened, MemorySegment target) throws ErrnoException {
        long count = opened.read(target, 0);
        if (count != target.byteSize()) {
            throw new IllegalStateException("read " + count);
        }
        return count;
    }

    /** pread(2) of all. */
    @Benchmark
    public long readMemory() throws ErrnoException {
        return read(made().inMemory, made().target);
    }

    @Benchmark
    public long readImage() throws ErrnoException {
        return read(made().inImage, made().target);
    }

    /** open(2), pread(2) of all, close(2) */
    @Benchmark
    public long wholeMemory() throws IOException {
        try (FileDescription opened = memory.files.open(MemTree.NOBODY, made().pathInMemory, READ)) {
            return read(opened, made().target);
        }
    }

    @Benchmark
    public long wholeImage() throws IOException {
        try (FileDescription opened = made().image.files.open(MemTree.NOBODY, made().pathInImage, READ)) {
            return read(opened, made().target);
        }
    }
}
