package org.caisson.vfs.mem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.junit.jupiter.api.Test;

/** What fits and what does not, to the page and to the byte. */
class SpaceTest {
    @Test
    void pagesAreTakenUpToTheLimit() {
        Space space = new Space(3, 0);
        assertThat(space.takePages(2)).isTrue();
        assertThat(space.takePages(2)).isFalse();
        assertThat(space.pages()).isEqualTo(2);
        assertThat(space.takePages(1)).isTrue();
        assertThat(space.takePages(1)).isFalse();
        space.givePages(2);
        assertThat(space.pages()).isEqualTo(1);
    }

    @Test
    void withoutALimitEverythingFits() {
        Space space = new Space(0, 0);
        assertThat(space.takePages(1L << 40)).isTrue();
        assertThat(space.takeInode()).isTrue();
        assertThat(space.takeXattr(1L << 40)).isTrue();
        assertThat(space.pages()).isEqualTo(1L << 40);
        assertThat(space.inodeBytes()).isEqualTo(Space.INODE + (1L << 40));
    }

    @Test
    void inodesAreTakenUpToTheLimit() {
        Space space = new Space(0, 2);
        assertThat(space.freeInodes()).isEqualTo(2);
        assertThat(space.takeInode()).isTrue();
        assertThat(space.takeInode()).isTrue();
        assertThat(space.takeInode()).isFalse();
        assertThat(space.freeInodes()).isZero();
        space.giveInode();
        assertThat(space.inodeBytes()).isEqualTo(Space.INODE);
    }

    /** The kernel wants a byte more to be free than an attribute takes. */
    @Test
    void attributesTakeOfTheRoomForInodes() {
        Space space = new Space(0, 1);
        assertThat(space.takeXattr(Space.INODE)).isFalse();
        assertThat(space.inodeBytes()).isZero();
        assertThat(space.takeXattr(Space.INODE - 1)).isTrue();
        assertThat(space.freeInodes()).isZero();
        assertThat(space.takeInode()).isFalse();
        space.giveInodeBytes(Space.INODE - 1);
        assertThat(space.takeInode()).isTrue();
    }

    @Test
    void whatIsInUseAlreadyMustFit() {
        Snapshot.Usage usage = new Snapshot.Usage(10, 4 * Space.INODE, 1);
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
        Space space = new Space(10, 10);
        assertThat(space.takePages(4)).isTrue();
        assertThat(space.takeInode()).isTrue();
        assertThat(space.limitPages(3)).isFalse();
        assertThat(space.limitPages(4)).isTrue();
        assertThat(space.limitPages(4)).isTrue();
        assertThat(space.maxPages()).isEqualTo(4);
        assertThat(space.limitInodes(1)).isTrue();
        assertThat(space.maxInodes()).isEqualTo(1);
        assertThat(space.takeInode()).isFalse();
        space.giveInode();
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
        Space space = new Space(10, 10);
        assertThat(space.takePages(4)).isTrue();
        assertThat(space.takeInode()).isTrue();
        assertThat(space.takeInode()).isTrue();
        assertThat(space.limit(3, -1)).isEqualTo("Too small a size for current use");
        assertThat(space.limit(5, 1)).isEqualTo("Too few inodes for current use");
        assertThat(space.maxPages()).isEqualTo(10);
        assertThat(space.limit(4, 2)).isNull();
        assertThat(space.maxPages()).isEqualTo(4);
        assertThat(space.maxInodes()).isEqualTo(2);
        assertThat(space.limit(-1, 3)).isNull();
        assertThat(space.maxPages()).isEqualTo(4);
        assertThat(space.maxInodes()).isEqualTo(3);
        assertThat(space.limit(0, -1)).isNull();
        assertThat(space.maxPages()).isZero();
        assertThat(space.limit(7, -1)).isEqualTo("Cannot retroactively limit size");
        assertThat(space.limit(-1, 0)).isNull();
        assertThat(space.limit(-1, 7)).isEqualTo("Cannot retroactively limit inodes");
    }
}
