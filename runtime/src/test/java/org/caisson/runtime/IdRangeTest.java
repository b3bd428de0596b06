package org.caisson.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class IdRangeTest {
    @Test
    void noTwoLivingContainersShareIds() throws IOException {
        try (IdRange first = IdRange.allocate();
                IdRange second = IdRange.allocate()) {
            assertThat(Math.abs(first.base() - second.base())).isGreaterThanOrEqualTo(IdRange.SIZE);
        }
    }

    @Test
    void aRangeStartsAtAMultipleOfItsSize() throws IOException {
        try (IdRange range = IdRange.allocate()) {
            assertThat(range.base() % IdRange.SIZE).isZero();
        }
    }
}
