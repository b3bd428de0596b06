package org.caisson.image.lazy;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.GZIPInputStream;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.LayerIndex;
import org.caisson.image.source.RangeSource;

/** Gets the plain bytes of one chunk of a layer: from what came of the blob already, or else from where it is. */
final class Chunks {
    private final PartsRecord about;
    private final ChunkTable table;
    private final Path prefix;
    private final RangeSource source;

    Chunks(PartsRecord about, ChunkTable table, Path directory, RangeSource source) {
        this.about = about;
        this.table = table;
        this.source = source;
        prefix = directory.resolve("prefix");
    }

    /**
     * The bytes, whose digest is right.
     *
     * @throws ImageFormatException if what came is something else
     */
    byte[] plain(int chunk) throws IOException {
        byte[] known = ofPrefix(chunk);
        if (known != null) {
            try {
                return checked(chunk, known);
            } catch (ImageFormatException e) {
                // What comes in order is compared only when it is whole: ask for this part once more.
            }
        }
        return checked(chunk, source.range(about.blob(), table.start(chunk), table.blobLength(chunk)));
    }

    private byte @org.jspecify.annotations.Nullable [] ofPrefix(int chunk) throws IOException {
        try (FileChannel file = FileChannel.open(prefix, StandardOpenOption.READ)) {
            long end = table.end(chunk);
            if (file.size() < end) {
                return null;
            }
            ByteBuffer bytes = ByteBuffer.allocate(table.blobLength(chunk));
            while (bytes.hasRemaining()) {
                if (file.read(bytes, table.start(chunk) + bytes.position()) < 0) {
                    return null;
                }
            }
            return bytes.array();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private byte[] checked(int chunk, byte[] compressed) throws ImageFormatException {
        byte[] plain;
        try (InputStream in = open(compressed)) {
            in.skipNBytes(table.inner(chunk));
            plain = in.readNBytes(table.length(chunk));
        } catch (EOFException e) {
            throw new ImageFormatException("it is shorter than the table of contents says", e);
        } catch (IOException e) {
            throw new ImageFormatException("it cannot be unpacked: " + e.getMessage(), e);
        }
        if (plain.length != table.length(chunk)
                || !table.isOf(chunk, Digest.Algorithm.SHA256.begin().digest(plain))) {
            throw new ImageFormatException("its content is another one than the table of contents says");
        }
        return plain;
    }

    private InputStream open(byte[] compressed) throws IOException {
        InputStream in = new ByteArrayInputStream(compressed);
        return about.kind() == LayerIndex.Kind.ESTARGZ ? new GZIPInputStream(in) : new ZstdInputStreamNoFinalizer(in);
    }

    /** How many bytes of the blob came in order. */
    static long prefixSize(Path directory) throws IOException {
        try {
            return Files.size(directory.resolve("prefix"));
        } catch (NoSuchFileException e) {
            return 0;
        }
    }
}
