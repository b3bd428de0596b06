package org.caisson.image.store;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import org.caisson.image.oci.Digest;

/** Passes bytes on and computes their digest. */
final class DigestReader extends FilterInputStream {
    private final Digest.Algorithm algorithm;
    private final MessageDigest computation;
    private final byte[] one = new byte[1];

    DigestReader(InputStream source, Digest.Algorithm algorithm) {
        super(source);
        this.algorithm = algorithm;
        computation = algorithm.begin();
    }

    @Override
    public int read() throws IOException {
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = in.read(buffer, offset, length);
        if (read > 0) {
            computation.update(buffer, offset, read);
        }
        return read;
    }

    /** Skipped bytes count too. */
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

    /** Reads what is left, and answers the digest of all. */
    Digest finish() throws IOException {
        transferTo(java.io.OutputStream.nullOutputStream());
        return Digest.finish(algorithm, computation);
    }
}
