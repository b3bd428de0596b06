package org.caisson.vfs.mem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.junit.jupiter.api.Test;

/** What fits and what does not, to the page and to the byte. */
class SpaceTest {
    private static int pages(Space space, long count) {
        return space.takePages(count, Owner.ROOT, Credentials.root());
    }

    @Test
    void pagesAreTakenUpToTheLimit() {
        Space space = new Space(3, 0, Quotas.of(MemQuotas.NONE));
        assertThat(pages(space, 2)).isZero();
        assertThat(pages(space, 2)).isEqualTo(-Errno.ENOSPC.number());
        assertThat(space.pages()).isEqualTo(2);
        assertThat(pages(space, 1)).isZero();
        assertThat(pages(space, 1)).isEqualTo(-Errno.ENOSPC.number());
        space.givePages(2, Owner.ROOT);
        assertThat(space.pages()).isEqualTo(1);
    }

    @Test
    void withoutALimitEverythingFits() {
        Space space = new Space(0, 0, Quotas.of(MemQuotas.NONE));
        assertThat(pages(space, 1L << 40)).isZero();
        assertThat(space.takeName()).isTrue();
        assertThat(space.takeXattr(1L << 40)).isTrue();
        assertThat(space.pages()).isEqualTo(1L << 40);
        assertThat(space.inodeBytes()).isEqualTo(Space.INODE + (1L << 40));
    }

    @Test
    void inodesAreTakenUpToTheLimit() {
        Space space = new Space(0, 2, Quotas.of(MemQuotas.NONE));
        assertThat(space.freeInodes()).isEqualTo(2);
        assertThat(space.takeName()).isTrue();
        assertThat(space.takeName()).isTrue();
        assertThat(space.takeName()).isFalse();
        assertThat(space.freeInodes()).isZero();
        space.giveName();
        assertThat(space.inodeBytes()).isEqualTo(Space.INODE);
    }

    /** The kernel wants a byte more to be free than an attribute takes. */
    @Test
    void attributesTakeOfTheRoomForInodes() {
        Space space = new Space(0, 1, Quotas.of(MemQuotas.NONE));
        assertThat(space.takeXattr(Space.INODE)).isFalse();
        assertThat(space.inodeBytes()).isZero();
        assertThat(space.takeXattr(Space.INODE - 1)).isTrue();
        assertThat(space.freeInodes()).isZero();
        assertThat(space.takeName()).isFalse();
        space.giveInodeBytes(Space.INODE - 1);
        assertThat(space.takeName()).isTrue();
    }

    @Test
    void whatIsInUseAlreadyMustFit() {
        Snapshot.Usage usage = new Snapshot.Usage(10, 4 * Space.INODE, 1, null);
        long[][] fitting = {{0, 0}, {10, 0}, {0, 4}, {10, 4}, {11, Long.MAX_VALUE / Space.INODE}};
        for (long[] limits : fitting) {
            assertThatCode(() -> Space.requireRoom(limits[0], limits[1], usage)).doesNotThrowAnyException();
        }
        long[][] tooSmall = {{9, 0}, {0, 3}, {-1, 0}, {0, -1}, {0, Long.MAX_VALUE / Space.INODE + 1}};
        for (long[] limits : tooSmall) {
            assertThatThrownBy(() -> Space.requireRoom(limits[0], limits[1], usage))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
        }
        Space space = new Space(12, 5, usage);
        assertThat(space.pages()).isEqualTo(10);
        assertThat(space.freeInodes()).isEqualTo(1);
    }

    @Test
    void aLimitStaysAboveWhatIsInUse() {
        Space space = new Space(10, 10, Quotas.of(MemQuotas.NONE));
        assertThat(pages(space, 4)).isZero();
        assertThat(space.takeName()).isTrue();
        assertThat(space.limitPages(3)).isFalse();
        assertThat(space.limitPages(4)).isTrue();
        assertThat(space.limitPages(4)).isTrue();
        assertThat(space.maxPages()).isEqualTo(4);
        assertThat(space.limitInodes(1)).isTrue();
        assertThat(space.maxInodes()).isEqualTo(1);
        assertThat(space.takeName()).isFalse();
        space.giveName();
        assertThat(space.limitInodes(0)).isTrue();
        assertThat(space.limitPages(0)).isTrue();
        // None again: what had no limit gets none later.
        assertThat(space.limitPages(5)).isFalse();
        assertThat(space.limitInodes(5)).isFalse();
        assertThat(space.limitPages(0)).isTrue();
        assertThat(space.limitInodes(0)).isTrue();
    }

    /** The words are those of the kernel's {@code shmem_reconfigure}. */
    @Test
    void aRemountChangesBothLimitsOrNone() {
        Space space = new Space(10, 10, Quotas.of(MemQuotas.NONE));
        assertThat(pages(space, 4)).isZero();
        assertThat(space.takeName()).isTrue();
        assertThat(space.takeName()).isTrue();
        assertThat(space.limit(3, -1, null)).isEqualTo("Too small a size for current use");
        assertThat(space.limit(5, 1, null)).isEqualTo("Too few inodes for current use");
        assertThat(space.maxPages()).isEqualTo(10);
        assertThat(space.limit(4, 2, null)).isNull();
        assertThat(space.maxPages()).isEqualTo(4);
        assertThat(space.maxInodes()).isEqualTo(2);
        assertThat(space.limit(-1, 3, null)).isNull();
        assertThat(space.maxPages()).isEqualTo(4);
        assertThat(space.maxInodes()).isEqualTo(3);
        assertThat(space.limit(0, -1, null)).isNull();
        assertThat(space.maxPages()).isZero();
        assertThat(space.limit(7, -1, null)).isEqualTo("Cannot retroactively limit size");
        assertThat(space.limit(-1, 0, null)).isNull();
        assertThat(space.limit(-1, 7, null)).isEqualTo("Cannot retroactively limit inodes");
    }
}
