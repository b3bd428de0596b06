package org.caisson.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What is done to one file, three directories down. For JMH; a method's name is the operation and who does it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MemOperations {
    private static final int PAGE = 4096;
    private static final String FILE = MemTree.directories(3) + MemTree.FILE;
    private static final String OTHER = FILE + "2";
    private static final OpenOptions READ = new OpenOptions(OpenFlags.O_RDONLY, 0);
    private static final OpenOptions CREATE =
            new OpenOptions(OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, 0644);

    private final MemTree tree = new MemTree();
    private final JavaTree jimfs = JavaTree.jimfs();
    private final JavaTree tmpfs;
    private final PathOperation file = tree.at("/" + FILE);
    private final PathOperation other = tree.at("/" + OTHER);
    private final MemorySegment page = Arena.ofAuto().allocate(PAGE);
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(PAGE);
    private final FileDescription opened;
    private final FileChannel jimfsOpened;
    private final FileChannel tmpfsOpened;
    private boolean moved;

    /** One file in each tree, open. */
    public MemOperations() {
        try {
            tmpfs = JavaTree.tmpfs();
            tree.makeDirectories("/" + FILE);
            opened = tree.create("/" + FILE);
            opened.write(page, 0);
            jimfsOpened = open(jimfs);
            tmpfsOpened = open(tmpfs);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FileChannel open(JavaTree peer) throws IOException {
        peer.makeDirectories(MemTree.directories(3));
        FileChannel channel = FileChannel.open(
                peer.at(FILE), StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        channel.write(ByteBuffer.allocate(PAGE), 0);
        return channel;
    }

    /** Nothing is moved yet. */
    @Setup
    public void prepare() {
        moved = false;
    }

    /** Closes all, and takes the trees away. */
    @TearDown
    public void clear() throws IOException {
        opened.close();
        jimfsOpened.close();
        tmpfsOpened.close();
        tree.close();
        jimfs.close();
        tmpfs.close();
    }

    /** open(2), close(2) */
    @Benchmark
    public void openOurs() throws ErrnoException {
        tree.files.open(MemTree.NOBODY, file, READ).close();
    }

    @Benchmark
    public void openJimfs() throws IOException {
        FileChannel.open(jimfs.at(FILE), StandardOpenOption.READ).close();
    }

    @Benchmark
    public void openTmpfs() throws IOException {
        FileChannel.open(tmpfs.at(FILE), StandardOpenOption.READ).close();
    }

    /** open(2) with O_CREAT, close(2), unlink(2) */
    @Benchmark
    public void createOurs() throws ErrnoException {
        tree.files.open(MemTree.NOBODY, other, CREATE).close();
        tree.files.unlink(MemTree.NOBODY, other);
    }

    private static void create(JavaTree peer) throws IOException {
        Path path = peer.at(OTHER);
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)
                .close();
        Files.delete(path);
    }

    @Benchmark
    public void createJimfs() throws IOException {
        create(jimfs);
    }

    @Benchmark
    public void createTmpfs() throws IOException {
        create(tmpfs);
    }

    /** pread(2) */
    @Benchmark
    public long readOurs() throws ErrnoException {
        return opened.read(page, 0);
    }

    @Benchmark
    public int readJimfs() throws IOException {
        return jimfsOpened.read(buffer.clear(), 0);
    }

    @Benchmark
    public int readTmpfs() throws IOException {
        return tmpfsOpened.read(buffer.clear(), 0);
    }

    /** pwrite(2) */
    @Benchmark
    public long writeOurs() throws ErrnoException {
        return opened.write(page, 0);
    }

    @Benchmark
    public int writeJimfs() throws IOException {
        return jimfsOpened.write(buffer.clear(), 0);
    }

    @Benchmark
    public int writeTmpfs() throws IOException {
        return tmpfsOpened.write(buffer.clear(), 0);
    }

    /** rename(2), to and fro */
    @Benchmark
    public void renameOurs() throws ErrnoException {
        tree.files.rename(MemTree.NOBODY, moved ? other : file, moved ? file : other, 0);
        moved = !moved;
    }

    private void rename(JavaTree peer) throws IOException {
        Files.move(peer.at(moved ? OTHER : FILE), peer.at(moved ? FILE : OTHER), StandardCopyOption.ATOMIC_MOVE);
        moved = !moved;
    }

    @Benchmark
    public void renameJimfs() throws IOException {
        rename(jimfs);
    }

    @Benchmark
    public void renameTmpfs() throws IOException {
        rename(tmpfs);
    }
}
