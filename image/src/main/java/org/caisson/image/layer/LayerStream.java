package org.caisson.image.layer;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** What somebody writes, compressed with gzip, while it is read: a thread of its own writes, and no more than a pipe holds is kept. */
public final class LayerStream extends InputStream {
    private static final int BUFFER = 128 * 1024;

    private final Source source;
    private final InputStream in;
    private final OutputStream out;
    private final Thread writer;
    private final byte[] one = new byte[1];

    /** Set by the writer before it closes the pipe. */
    private volatile @Nullable Throwable failure;

    /** Who writes. */
    @FunctionalInterface
    public interface Source {
        /** Writes all of a layer; the stream is not to be closed. */
        void write(OutputStream out) throws IOException;
    }

    private LayerStream(Source source, Pipe pipe) {
        this.source = source;
        in = Channels.newInputStream(pipe.source());
        out = Channels.newOutputStream(pipe.sink());
        writer = Thread.ofPlatform().name("layer writer").unstarted(this::write);
    }

    /** Has a source write. */
    public static LayerStream of(Source source) throws IOException {
        LayerStream stream = new LayerStream(source, Pipe.open());
        stream.writer.start();
        return stream;
    }

    private void write() {
        try (out) {
            try {
                GZIPOutputStream compressed = new GZIPOutputStream(out, BUFFER);
                source.write(compressed);
                compressed.finish();
            } catch (IOException | RuntimeException | Error e) {
                failure = e;
            }
        } catch (IOException e) {
            // Whoever reads has closed it.
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
        if (failed instanceof IOException io) {
            throw io;
        }
        if (failed != null) {
            throw new IOException(String.valueOf(failed), failed);
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
