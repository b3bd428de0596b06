package org.caisson.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ErrnoTest {
    @Test
    void everyNumberLeadsBackToItsErrno() {
        for (Errno errno : Errno.values()) {
            assertThat(Errno.of(errno.number())).isSameAs(errno);
            assertThat(errno.exception().errno()).isSameAs(errno);
            assertThat(errno.exception().getStackTrace()).isEmpty();
        }
    }

    @Test
    void aNumberThatIsNoErrnoIsRefused() {
        for (int number : new int[] {-1, 0, 41, 134, 4095}) {
            assertThatThrownBy(() -> Errno.of(number)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void messageSaysWhatWasTriedAndWhy() {
        assertThatThrownBy(() -> FileCalls.open("/no/such", OpenFlags.O_RDONLY))
                .isInstanceOf(ErrnoException.class)
                .hasMessage("open /no/such: No such file or directory (ENOENT)");
    }
}
