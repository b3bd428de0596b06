package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When the one reader looks for a request before it sleeps. */
class BusyPollTest {
    private static final int MANY = 1000;

    private final BusyPoll polling = new BusyPoll();

    @Test
    void looksEachTimeAsLongAsItFinds() {
        for (int i = 0; i < MANY; i++) {
            assertThat(polling.isDue()).isTrue();
            polling.tell(true);
        }
        assertThat(polling.pays()).isTrue();
    }

    @Test
    void looksInVainAreEverRarer() {
        int before = 0;
        for (int i = 0; i < 5; i++) {
            polling.tell(false);
            int pause = requestsWithoutLook();
            assertThat(pause).isGreaterThan(before);
            before = pause;
        }
        assertThat(polling.pays()).isFalse();
    }

    @Test
    void pausesHaveAnEnd() {
        int longest = 0;
        for (int i = 0; i < MANY; i++) {
            polling.tell(false);
            longest = requestsWithoutLook();
        }
        polling.tell(false);
        assertThat(requestsWithoutLook()).isEqualTo(longest);
    }

    @Test
    void oneThatFindsMakesTheNextPauseShortAgain() {
        polling.tell(false);
        int first = requestsWithoutLook();
        polling.tell(false);
        assertThat(requestsWithoutLook()).isGreaterThan(first);
        polling.tell(true);
        polling.tell(false);
        assertThat(requestsWithoutLook()).isEqualTo(first);
    }

    @Test
    void oneInVainNowAndThenIsNoReasonToCallAnotherReader() {
        for (int i = 0; i < MANY; i++) {
            polling.tell(true);
        }
        polling.tell(false);
        assertThat(polling.pays()).isTrue();
        polling.tell(false);
        assertThat(polling.pays()).isFalse();
    }

    private int requestsWithoutLook() {
        int count = 0;
        while (!polling.isDue()) {
            count++;
        }
        return count;
    }
}
