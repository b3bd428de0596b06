package org.caisson.image.store;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.MediaType;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a layer once: keeps the blob, computes both digests, and converts, all in one pass and into files that have no name yet and need not
 * be on the disk. One thread keeps the blob, one unpacks it, and one works on the plain content.
 */
final class LayerIntake {
    private static final int BUFFER = 256 * 1024;

    private final Path directory;
    private final LayerConverter converter;
    private final LongConsumer progress;

    /** Files are made in a directory of work. */
    LayerIntake(Path directory, LayerConverter converter, LongConsumer progress) {
        this.directory = directory;
        this.converter = converter;
        this.progress = progress;
    }

    /**
     * What is to be done with a layer.
     *
     * @param expected what it should be; null if that is not known
     * @param keep whether the blob is to be kept
     * @param convert whether it is to be converted
     */
    record Order(@Nullable Descriptor expected, boolean keep, boolean convert) {}

    /** Reads a layer to its end. The stream is closed; of a layer that fails no file is left, as its work may try it again. */
    StagedLayer take(InputStream source, Order order) throws IOException {
        Path blobFile = order.keep ? Files.createTempFile(directory, "blob", "") : null;
        Path layerFile = order.convert ? unusedName() : null;
        try {
            return read(source, order, blobFile, layerFile);
        } catch (IOException | RuntimeException | Error e) {
            forget(blobFile, e);
            forget(layerFile, e);
            forget(layerFile == null ? null : Places.side(layerFile), e);
            throw e;
        }
    }

    private static void forget(@Nullable Path file, Throwable failure) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private StagedLayer read(InputStream source, Order order, @Nullable Path blobFile, @Nullable Path layerFile)
            throws IOException {
        Descriptor expected = order.expected;
        Digest.Algorithm algorithm =
                expected == null ? Digest.Algorithm.SHA256 : expected.digest().algorithm();
        long most = expected == null ? Long.MAX_VALUE : expected.size();
        Unpacked unpacked;
        BlobReader blob;
        try (OutputStream copy = blobFile == null ? OutputStream.nullOutputStream() : new SparseOutput(blobFile);
                BlobReader reader = new BlobReader(source, copy, algorithm, most, progress)) {
            blob = reader;
            try {
                boolean erofs = expected != null && MediaType.isErofsLayer(expected.mediaType());
                unpacked = unpack(reader, layerFile, erofs);
            } catch (IOException e) {
                throw cause(e, reader, expected);
            }
            IOException failure = reader.failure();
            if (failure != null) {
                throw failure; // met by the thread that reads ahead, behind what the converter wanted
            }
            reader.transferTo(OutputStream.nullOutputStream());
        }
        Digest digest = blob.digest();
        check(expected, digest, blob.count());
        String type = expected == null ? unpacked.compression.layerType() : expected.mediaType();
        return new StagedLayer(new Descriptor(type, digest, blob.count()), unpacked.diffId, blobFile, layerFile);
    }

    private Path unusedName() throws IOException {
        Path file = Files.createTempFile(directory, "layer", "");
        Files.delete(file);
        return file;
    }

    private record Unpacked(Digest diffId, Decompression compression) {}

    private Unpacked unpack(InputStream blob, @Nullable Path layerFile, boolean erofs) throws IOException {
        // What a decompressor closes is this, and not the blob, which is still needed.
        try (BufferedInputStream buffered = Decompression.buffer(new ReadAhead(blob))) {
            Decompression compression = Decompression.of(buffered);
            try (InputStream plain = compression.open(buffered);
                    InputStream ahead = compression == Decompression.NONE ? plain : new ReadAhead(plain);
                    DigestReader layer = new DigestReader(ahead, Digest.Algorithm.SHA256)) {
                if (layerFile != null && erofs) {
                    converter.adopt(layer, layerFile);
                } else if (layerFile != null) {
                    // Headers are small, and a digest of many small pieces takes longer.
                    converter.convert(new BufferedInputStream(layer, BUFFER), layerFile);
                }
                return new Unpacked(layer.finish(), compression);
            }
        }
    }

    /** What to tell when unpacking failed: what is wrong with the blob, if anything is, is why. */
    private static IOException cause(IOException e, BlobReader reader, @Nullable Descriptor expected) {
        IOException failure = reader.failure();
        if (failure != null) {
            return failure;
        }
        if (StoreFailure.isFull(e) || e instanceof InterruptedIOException) {
            return e;
        }
        try {
            reader.transferTo(OutputStream.nullOutputStream());
            check(expected, reader.digest(), reader.count());
        } catch (IOException wrong) {
            return wrong;
        }
        return e instanceof ImageFormatException || e instanceof FileSystemException || e instanceof ErrnoException
                ? e
                : new ImageFormatException("it cannot be unpacked: " + e.getMessage(), e);
    }

    private static void check(@Nullable Descriptor expected, Digest digest, long size) throws ImageFormatException {
        if (expected == null) {
            return;
        }
        if (size != expected.size()) {
            throw new ImageFormatException("it ends after " + size + " of " + expected.size() + " bytes");
        }
        if (!digest.equals(expected.digest())) {
            throw new ImageFormatException("its content is another one, of digest " + digest);
        }
    }
}
