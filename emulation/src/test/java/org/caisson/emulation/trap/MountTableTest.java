package org.caisson.emulation.trap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;

class MountTableTest {
    private static final long EMULATED = 0x45;

    private final MountTable table = MountTable.parse("""
            100 99 0:40 / / rw,relatime - overlay overlay rw
            101 100 0:41 / /proc rw,nosuid shared:5 master:1 - proc proc rw
            102 101 0:69 /proc/meminfo /proc/meminfo rw - fuse caisson rw
            103 100 0:42 / /mnt/with\\040blank rw - proc proc rw
            104 103 0:43 / /mnt/with\\040blank/fs rw - tmpfs none rw
            105 100 0:41 /sys /other rw - proc proc rw
            """);

    @Test
    void aMountIsFoundByItsNumber() {
        MountTable.Entry entry = Objects.requireNonNull(table.find(101));

        assertThat(entry.type()).isEqualTo("proc");
        assertThat(entry.isAt("/proc")).isTrue();
        assertThat(entry.isBase()).isTrue();
    }

    @Test
    void escapesInMountPointsAreUndone() {
        assertThat(Objects.requireNonNull(table.find(103)).mountPoint()).isEqualTo("/mnt/with blank");
    }

    @Test
    void aPartOfProcIsNoBase() {
        assertThat(Objects.requireNonNull(table.find(105)).isBase()).isFalse();
    }

    @Test
    void whatLiesBelowIsToldByItsDevice() {
        assertThat(table.hasBelow(101, EMULATED)).isTrue();
        assertThat(table.hasBelow(100, EMULATED)).isTrue();
        assertThat(table.hasBelow(103, EMULATED)).isFalse();
        assertThat(table.hasOthersBelow(103, EMULATED, Covers.NONE)).isTrue();
        assertThat(table.hasOthersBelow(101, EMULATED, Covers.NONE)).isFalse();
    }

    @Test
    void anUnknownNumberIsNotFound() {
        assertThat(table.find(7)).isNull();
    }
}
