package org.caisson.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class LayerStreamTest {
    @Test
    void givesWhatIsWritten() throws Exception {
        byte[] content = new byte[1_000_000];
        new java.util.Random(1).nextBytes(content);
        try (LayerStream stream = LayerStream.of(out -> out.write(content));
                GZIPInputStream plain = new GZIPInputStream(stream)) {
            assertThat(plain.readAllBytes()).isEqualTo(content);
        }
    }

    @RepeatedTest(50)
    void failureOfTheWriterIsToldAtTheEnd() throws Exception {
        try (LayerStream stream = LayerStream.of(out -> {
            out.write(1);
            throw new IOException("the tree cannot be read");
        })) {
            assertThatThrownBy(stream::readAllBytes)
                    .isInstanceOf(IOException.class)
                    .hasMessage("the tree cannot be read");
        }
    }

    @Test
    void whoeverReadsMayStop() throws Exception {
        LayerStream stream = LayerStream.of(out -> {
            byte[] random = new byte[1 << 20];
            new java.util.Random(1).nextBytes(random);
            for (int i = 0; i < 100; i++) {
                out.write(random);
            }
        });
        assertThat(stream.read()).isNotNegative();
        stream.close();
    }
}
