package org.caisson.image.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.caisson.image.layer.LayerWriter;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.DifferenceOptions;
import org.caisson.vfs.difference.Subtree;
import org.caisson.vfs.difference.TreeDifference;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.jspecify.annotations.Nullable;

/** A directory of this host as the gzip-compressed tar archive of a layer, written by a thread while it is read. */
final class RootDirectory extends InputStream {
    private static final int BUFFER = 128 * 1024;

    private final Path directory;
    private final InputStream in;
    private final OutputStream out;
    private final Thread writer;
    private final byte[] one = new byte[1];

    /** Set by the writer before it closes the pipe. */
    private volatile @Nullable Throwable failure;

    private RootDirectory(Path directory, Pipe pipe) {
        this.directory = directory;
        in = Channels.newInputStream(pipe.source());
        out = Channels.newOutputStream(pipe.sink());
        writer = Thread.ofPlatform().name("layer writer").unstarted(this::write);
    }

    static RootDirectory open(Path directory) throws IOException {
        RootDirectory stream = new RootDirectory(directory, Pipe.open());
        stream.writer.start();
        return stream;
    }

    private void write() {
        try (out) {
            GZIPOutputStream compressed = new GZIPOutputStream(out, BUFFER);
            try (MappedPageStore pages = MappedPageStore.anonymous();
                    HostFileSystem host = HostFileSystem.open(directory.toString(), HostOptions.DEFAULT)) {
                writeLayer(pages, host, compressed);
            }
            compressed.finish();
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        }
    }

    private static void writeLayer(MappedPageStore pages, HostFileSystem host, OutputStream out) throws IOException {
        VirtualFileSystem system = new VirtualFileSystem();
        MountNamespace nothing = system.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, pages));
        MountNamespace tree = system.newMountNamespace(host);
        Credentials root = Credentials.root();
        try (TreeDifference all = TreeDifference.between(
                new Subtree(system, root, nothing.root()),
                new Subtree(system, root, tree.root()),
                DifferenceOptions.DEFAULT)) {
            LayerWriter.write(all, out);
        }
    }

    @Override
    public int read() throws IOException {
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = in.read(buffer, offset, length);
        if (count < 0) {
            check();
        }
        return count;
    }

    private void check() throws IOException {
        Throwable failed = failure;
        if (failed != null) {
            throw new IOException("cannot read " + directory + ": " + failed.getMessage(), failed);
        }
    }

    /** The writer fails at its next byte and ends. */
    @Override
    public void close() throws IOException {
        in.close();
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }
}
