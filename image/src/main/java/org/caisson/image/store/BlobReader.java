package org.caisson.image.store;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.function.LongConsumer;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageFormatException;
import org.jspecify.annotations.Nullable;

/** Passes a blob on while it keeps a copy, computes the digest, and sees to it that there is not more than there should be. */
final class BlobReader extends FilterInputStream {
    private final OutputStream copy;
    private final Digest.Algorithm algorithm;
    private final MessageDigest computation;
    private final long most;
    private final LongConsumer progress;
    private final byte[] one = new byte[1];
    private long count;

    /** What the source failed with, to be told instead of what it led to. */
    private @Nullable IOException failure;

    /** At most {@code most} bytes are taken. */
    BlobReader(InputStream source, OutputStream copy, Digest.Algorithm algorithm, long most, LongConsumer progress) {
        super(source);
        this.copy = copy;
        this.algorithm = algorithm;
        this.most = most;
        this.progress = progress;
        computation = algorithm.begin();
    }

    @Override
    public int read() throws IOException {
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int read;
        try {
            read = in.read(buffer, offset, length);
            if (read > 0 && read > most - count) {
                throw new ImageFormatException("it is longer than the " + most + " bytes that it should have");
            }
        } catch (IOException e) {
            failure = e;
            throw e;
        }
        if (read > 0) {
            count += read;
            computation.update(buffer, offset, read);
            copy.write(buffer, offset, read);
            progress.accept(count);
        }
        return read;
    }

    @Override
    public long skip(long bytes) throws IOException {
        byte[] skipped = new byte[(int) Math.min(8192, bytes)];
        int read = read(skipped, 0, skipped.length);
        return Math.max(read, 0);
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    long count() {
        return count;
    }

    @Nullable
    IOException failure() {
        return failure;
    }

    /** After the end. */
    Digest digest() {
        return Digest.finish(algorithm, computation);
    }
}
