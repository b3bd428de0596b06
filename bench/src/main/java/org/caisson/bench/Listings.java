package org.caisson.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.DirectorySink;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** All entries of a directory, which is opened and closed for it. For JMH. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Listings {
    private static final OpenOptions DIRECTORY = new OpenOptions(OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0);

    /** How many files there are. */
    @Param({"10", "1000", "100000"})
    public int entries;

    private final MemTree tree = new MemTree();
    private final JavaTree jimfs = JavaTree.jimfs();
    private final JavaTree tmpfs;
    private final PathOperation directory = tree.at("/list");
    private final Counter counter = new Counter();

    private static final class Counter implements DirectorySink {
        int count;

        @Override
        public boolean entry(Name name, long inode, int type, long nextCookie) {
            count++;
            return true;
        }
    }

    /** Makes the trees' tops. */
    public Listings() {
        try {
            tmpfs = JavaTree.tmpfs();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Fills the directories. */
    @Setup
    public void prepare() throws IOException {
        tree.makeDirectories("/list/");
        jimfs.makeDirectories("list");
        tmpfs.makeDirectories("list");
        for (int i = 0; i < entries; i++) {
            String name = "list/some-file-" + i;
            tree.create("/" + name).close();
            Files.createFile(jimfs.at(name));
            Files.createFile(tmpfs.at(name));
        }
    }

    /** Takes the trees away. */
    @TearDown
    public void clear() throws IOException {
        tree.close();
        jimfs.close();
        tmpfs.close();
    }

    /** getdents(2). */
    @Benchmark
    public int listOurs() throws ErrnoException {
        counter.count = 0;
        try (FileDescription opened = tree.files.open(MemTree.NOBODY, directory, DIRECTORY)) {
            opened.readDirectory(0, counter);
        }
        if (counter.count < entries) {
            throw new IllegalStateException("entries are missing");
        }
        return counter.count;
    }

    private static int list(JavaTree peer) throws IOException {
        int count = 0;
        try (DirectoryStream<Path> all = Files.newDirectoryStream(peer.at("list"))) {
            for (Path one : all) {
                count += one.getNameCount();
            }
        }
        return count;
    }

    /** jimfs. */
    @Benchmark
    public int listJimfs() throws IOException {
        return list(jimfs);
    }

    /** The kernel's tmpfs, as Java asks it. */
    @Benchmark
    public int listTmpfs() throws IOException {
        return list(tmpfs);
    }
}
