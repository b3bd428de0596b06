package org.caisson.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.caisson.runtime.spec.IdMapping;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdRangeTest {
    @TempDir
    private Path container;

    private static IdMaps given(long host, long count) {
        List<IdMapping> map = List.of(new IdMapping(0, host, count));
        return IdMaps.of(map, map);
    }

    @Test
    void noTwoLivingContainersShareIds() throws IOException {
        try (IdRange first = IdRange.allocate(container);
                IdRange second = IdRange.allocate(container)) {
            assertThat(Math.abs(first.base() - second.base())).isGreaterThanOrEqualTo(IdRange.SIZE);
        }
    }

    @Test
    void aRangeStartsAtAMultipleOfItsSizeWhereNoOtherProgramTakesIds() throws IOException {
        try (IdRange range = IdRange.allocate(container)) {
            assertThat(range.base() % IdRange.SIZE).isZero();
            // Beyond systemd-nspawn's containers, before systemd's foreign range and 2^31.
            assertThat(range.base()).isBetween(0x7000_0000L, 0x7ffe_0000L - IdRange.SIZE);
        }
    }

    @Test
    void aRangeIsNotGivenAwayUntilItsDeadOwnerWasClearedAway() throws IOException {
        IdRange dead = IdRange.allocate(container);
        dead.leave();

        IdRange.sweep();
        try (IdRange next = IdRange.allocate(container)) {
            assertThat(next.base()).isNotEqualTo(dead.base());
        }

        IdRange.release(container);
        assertThat(files()).doesNotContain(container.toString());
    }

    @Test
    void aRangeWhoseOwnerIsForgottenIsSwept() throws IOException {
        Path gone = container.resolve("gone");
        IdRange.allocate(gone).leave();

        IdRange.sweep();

        assertThat(files()).doesNotContain(gone.toString());
    }

    @Test
    void idsThatASpecificationNamesAreRefusedIfAContainerHasThem() throws IOException {
        try (IdRange range = IdRange.allocate(container)) {
            assertThatThrownBy(() -> IdReservation.of(given(range.base() + 1000, 10)))
                    .isInstanceOf(ContainerException.class)
                    .hasMessageContaining("linux.uidMappings: the ids from")
                    .hasMessageContaining("belong to another container");
        }
    }

    @Test
    void idsThatASpecificationNamesAreNotGivenToOthers() throws IOException {
        long base;
        try (IdRange range = IdRange.allocate(container)) {
            base = range.base();
        }
        try (IdReservation reservation = IdReservation.of(given(base, IdRange.SIZE));
                IdReservation same = IdReservation.of(given(base, IdRange.SIZE));
                IdRange range = IdRange.allocate(container)) {
            assertThat(reservation).isNotSameAs(same);
            assertThat(range.base()).isNotEqualTo(base);
        }
    }

    @Test
    void idsThatCaissonNeverGivesAreNotItsBusiness() throws IOException {
        try (IdReservation reservation = IdReservation.of(given(100_000, 65_536))) {
            assertThat(reservation).isNotNull();
        }
    }

    private static List<String> files() throws IOException {
        try (var files = Files.list(Path.of("/run/caisson/ids"))) {
            return files.map(IdRangeTest::text).toList();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            // Another test's, and gone by now.
            return "";
        }
    }
}
