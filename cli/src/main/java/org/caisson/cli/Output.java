package org.caisson.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Standard output for what may be long. */
final class Output {
    private static final int BUFFER = 64 * 1024;

    private Output() {}

    /** To be flushed in the end. */
    static PrintStream buffered() {
        return new PrintStream(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER),
                false,
                StandardCharsets.UTF_8);
    }
}
