package org.caisson.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import org.caisson.linux.FileCalls;

/** Writes to a descriptor, which stays its owner's. */
final class DescriptorStream extends OutputStream {
    private final int descriptor;

    DescriptorStream(int descriptor) {
        this.descriptor = descriptor;
    }

    @Override
    public void write(int b) throws IOException {
        FileCalls.writeFully(descriptor, new byte[] {(byte) b});
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        FileCalls.writeFully(descriptor, Arrays.copyOfRange(bytes, offset, offset + length));
    }
}
