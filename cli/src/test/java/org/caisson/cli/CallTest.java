package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ReceivedMessage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a daemon makes of the packets that come to it. */
class CallTest {
    private static final int HEADER = 56;

    @ParameterizedTest
    @CsvSource({"4, 0, true", "5, 1, true", "3, -1, false", "3, 0, false", "5, 0, false", "0, -4, false"})
    void aCallHasTheFirstFourDescriptorsAndThoseItCounts(int sent, int preserved, boolean understood) throws Exception {
        List<OwnedFd> descriptors = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < sent; i++) {
                descriptors.add(FileCalls.open("/dev/null", OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC));
            }
            MemorySegment packet = arena.allocate(HEADER, 8);
            packet.set(ValueLayout.JAVA_INT, 0, 0x63736961);
            packet.set(ValueLayout.JAVA_INT, 4, 1);
            packet.set(ValueLayout.JAVA_INT, 16, preserved);
            assertThat(Call.of(packet, new ReceivedMessage(HEADER, descriptors)) != null)
                    .isEqualTo(understood);
        } finally {
            descriptors.forEach(OwnedFd::close);
        }
    }
}
