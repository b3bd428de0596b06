package org.caisson.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.ImageFormatException;
import org.jspecify.annotations.Nullable;

/** The bytes of a blob. When they stop coming, the rest is asked for (RFC 9110, 14.2); a registry that cannot do that sends all again. */
final class ResumingBody extends InputStream {
    private static final int MOST_REQUESTS = 100;

    private final Exchange exchange;
    private final Exchange.Request request;
    private final Descriptor blob;
    private final String what;
    private final byte[] one = new byte[1];
    private @Nullable InputStream body;
    private long at;

    /** How many requests there were, and how many since bytes came. */
    private int requests;

    private int vain;
    private boolean closed;

    /** Begins at a byte before the end. Opens at once, so that a blob that is not there is told now. */
    ResumingBody(Exchange exchange, Exchange.Request request, Descriptor blob, String what, long from)
            throws IOException {
        this.exchange = exchange;
        this.request = request;
        this.blob = blob;
        this.what = what;
        at = from;
        body = open();
    }

    private InputStream open() throws IOException {
        requests++;
        HttpResponse<InputStream> answer =
                exchange.send(at == 0 ? request : request.with("Range", "bytes=" + at + "-" + (blob.size() - 1)), what);
        InputStream in = new StallGuard(answer.body(), exchange.options().stall());
        try {
            long skip = at;
            if (answer.statusCode() == 206) {
                String range = answer.headers().firstValue("content-range").orElse("");
                if (!range.startsWith("bytes " + at + "-")) {
                    throw new ImageException("cannot " + what + ": asked for what follows byte " + at + ", "
                            + exchange.endpoint().host() + " sent another part");
                }
                skip = 0;
            } else if (answer.statusCode() != 200) {
                throw exchange.refused(answer, what);
            } else {
                long length =
                        answer.headers().firstValueAsLong("content-length").orElse(blob.size());
                if (length != blob.size()) {
                    throw new ImageFormatException(
                            "cannot " + what + ": " + exchange.endpoint().host() + " has " + length
                                    + " bytes of it, not " + blob.size() + " as the manifest says");
                }
            }
            in.skipNBytes(skip);
            return in;
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    @Override
    public int read() throws IOException {
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        while (true) {
            try {
                if (closed) {
                    throw new ImageException("cannot " + what + ": closed");
                }
                InputStream in = body;
                if (in == null) {
                    in = open();
                    body = in;
                }
                int count = in.read(buffer, offset, length);
                if (count > 0) {
                    at += count;
                    vain = 0;
                    return count;
                }
                if (at >= blob.size() || length == 0) {
                    return count;
                }
                throw new IOException("it ended after " + at + " of " + blob.size() + " bytes");
            } catch (ImageException | InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                again(e);
            }
        }
    }

    private void again(IOException e) throws IOException {
        InputStream old = body;
        body = null;
        if (old != null) {
            old.close();
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("interrupted");
        }
        vain++;
        if (vain >= exchange.options().attempts() || requests >= MOST_REQUESTS) {
            throw exchange.failure(what, e);
        }
        exchange.pause(vain, Duration.ZERO);
    }

    @Override
    public void close() throws IOException {
        closed = true;
        InputStream in = body;
        body = null;
        if (in != null) {
            in.close();
        }
    }
}
