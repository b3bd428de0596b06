package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When more than one thread reads the device. */
class ReadersTest {
    private static final int MANY = 100;

    private final Readers readers = new Readers(3);

    @Test
    void theOnlyReaderServesWhatItReadsAsLongAsThatIsQuick() {
        readers.join();
        assertThat(readers.leaveOthers()).isFalse();
        assertThat(readers.areCareful()).isFalse();
        for (int i = 0; i < MANY; i++) {
            assertThat(readers.adapt(false, false, false)).isFalse();
        }
        assertThat(readers.areCareful()).isFalse();
    }

    @Test
    void aSlowRequestThatNobodyReadsBesideHasAnotherThreadRead() {
        assertThat(readers.areNone()).isTrue();
        assertThat(readers.adapt(true, false, false)).isTrue();
        assertThat(readers.areCareful()).isTrue();
        readers.join();
        assertThat(readers.adapt(true, false, false)).isFalse();
        readers.join();
        assertThat(readers.leaveOthers()).isTrue();
        assertThat(readers.leaveOthers()).isFalse();
    }

    @Test
    void careEndsAWhileAfterTheLastSlowRequest() {
        readers.adapt(true, false, false);
        int looks = 0;
        while (readers.areCareful()) {
            readers.adapt(false, false, false);
            looks++;
        }
        assertThat(looks).isGreaterThan(MANY);
    }

    @Test
    void requestsThatLieUnreadHaveMoreThreadsReadToALimit() {
        int called = 0;
        for (int i = 0; i < MANY; i++) {
            called += readers.adapt(false, true, false) ? 1 : 0;
        }
        assertThat(called).isEqualTo(2);
    }

    @Test
    void aRequestNowAndThenThatHasJustComeIsNoReason() {
        for (int i = 0; i < MANY; i++) {
            assertThat(readers.adapt(false, i % 3 == 0, false)).isFalse();
        }
    }

    @Test
    void manyForgetsHaveASecondThreadReadOnce() {
        readers.join();
        assertThat(readers.adapt(false, false, true)).isTrue();
        assertThat(readers.adapt(false, false, true)).isFalse();
    }
}
