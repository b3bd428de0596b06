package org.caisson.image.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReadAheadTest {
    private static byte[] content(int length) {
        byte[] content = new byte[length];
        new Random(5).nextBytes(content);
        return content;
    }

    /** Gives at most so many bytes at once, and fails where it would end. */
    private static final class Brittle extends InputStream {
        private final InputStream in;

        Brittle(byte[] content) {
            in = new ByteArrayInputStream(content);
        }

        @Override
        public int read() {
            throw new AssertionError("one byte at a time");
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = in.read(buffer, offset, Math.min(length, 1000));
            if (count < 0) {
                throw new IOException("torn");
            }
            return count;
        }
    }

    /** Has as many bytes as one likes. */
    private static final class Endless extends InputStream {
        private final Thread owner = Thread.currentThread();
        private volatile Thread reader = owner;

        @Override
        public int read() {
            return 1;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            reader = Thread.currentThread();
            return length;
        }
    }

    @Test
    void allIsPassedOn() throws IOException {
        byte[] content = content(5_000_001);
        try (ReadAhead ahead = new ReadAhead(new ByteArrayInputStream(content))) {
            assertThat(ahead.read()).isEqualTo(content[0] & 0xff);
            byte[] rest = ahead.readAllBytes();
            assertThat(rest).hasSize(content.length - 1);
            assertThat(java.util.Arrays.equals(rest, 0, rest.length, content, 1, content.length))
                    .isTrue();
            assertThat(ahead.read()).isEqualTo(-1);
        }
    }

    @Test
    void failureComesWhereTheStreamHasIt() throws IOException {
        byte[] content = content(700_000);
        try (ReadAhead ahead = new ReadAhead(new Brittle(content))) {
            assertThat(ahead.readNBytes(content.length)).isEqualTo(content);
            assertThatThrownBy(ahead::read).isInstanceOf(IOException.class).hasMessage("torn");
            assertThatThrownBy(ahead::read).hasMessage("torn");
        }
    }

    @Test
    void closingLeavesNoThread() throws IOException {
        Endless endless = new Endless();
        try (ReadAhead ahead = new ReadAhead(endless)) {
            assertThat(ahead.readNBytes(10)).hasSize(10);
        }
        assertThat(endless.reader).isNotSameAs(endless.owner);
        assertThat(endless.reader.isAlive()).isFalse();
    }
}
