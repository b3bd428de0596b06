package org.caisson.bench;

import java.util.concurrent.TimeUnit;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.overlay.OverlayFileSystem;
import org.caisson.vfs.overlay.OverlayOptions;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** An overlay of layers in memory, all of which have the directories and the lowest of which has the file. For JMH. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LayeredWalks {
    private static final String FILE = "/" + MemTree.directories(3) + MemTree.FILE;
    private static final OpenOptions READ = new OpenOptions(OpenFlags.O_RDONLY, 0);

    /** How many layers there are, the writable one among them. */
    @Param({"2", "10", "50"})
    public int layers;

    private final MemTree tree = new MemTree();
    private final Stat stat = new Stat();
    private PathOperation file = new PathOperation();
    private PathOperation plain = new PathOperation();

    /** Makes the layers and mounts them. */
    @Setup
    public void prepare() throws ErrnoException {
        OverlayOptions.Builder options = OverlayOptions.builder();
        for (int i = 1; i < layers; i++) {
            String layer = "/layers/" + i;
            tree.makeDirectories(layer + FILE);
            options.lower(place(layer));
        }
        plain = tree.at("/layers/" + (layers - 1) + FILE).followFinal(true);
        tree.create("/layers/" + (layers - 1) + FILE).close();
        tree.makeDirectories("/upper/");
        tree.makeDirectories("/work/");
        tree.makeDirectories("/merged/");
        options.upper(place("/upper"), place("/work"));
        var overlay = new OverlayFileSystem(tree.files, Credentials.root(), options.build());
        tree.files.mount(Credentials.root(), tree.at("/merged"), overlay, 0);
        file = tree.at("/merged" + FILE).followFinal(true);
    }

    private VirtualDentry place(String path) throws ErrnoException {
        return tree.files.lookup(Credentials.root(), tree.at(path));
    }

    /** Takes the tree away. */
    @TearDown
    public void clear() {
        tree.close();
    }

    /** stat(2) */
    @Benchmark
    public int stat() throws ErrnoException {
        tree.files.stat(MemTree.NOBODY, file, stat);
        return stat.mode;
    }

    /** stat(2) in the layer itself: a directory more, a mount less */
    @Benchmark
    public int statPlain() throws ErrnoException {
        tree.files.stat(MemTree.NOBODY, plain, stat);
        return stat.mode;
    }

    /** open(2), close(2) */
    @Benchmark
    public void open() throws ErrnoException {
        tree.files.open(MemTree.NOBODY, file, READ).close();
    }

    /** open(2), close(2) in the layer itself */
    @Benchmark
    public void openPlain() throws ErrnoException {
        tree.files.open(MemTree.NOBODY, plain, READ).close();
    }
}
