package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.MountFlags;
import org.junit.jupiter.api.Test;

/** Numbers that are taken and given back, and what a file system as a whole remembers. */
class SuperBlockTest {
    @Test
    void theSmallestFreeNumberComesFirst() {
        ReusableIds ids = new ReusableIds(3);
        assertThat(List.of(ids.take(), ids.take(), ids.take(), ids.take())).containsExactly(3, 4, 5, 6);
        ids.free(5);
        ids.free(4);
        assertThat(List.of(ids.take(), ids.take(), ids.take())).containsExactly(4, 5, 7);
        assertThatThrownBy(() -> ids.free(2)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ids.free(8)).isInstanceOf(IllegalStateException.class);
        ids.free(7);
        assertThatThrownBy(() -> ids.free(7)).isInstanceOf(IllegalStateException.class);
    }

    /** As makedev(3) with major 0: minors above 255 have their upper bits elsewhere. */
    @Test
    void devicesAreEncodedAsTheKernelDoes() {
        List<AnonymousDevices.Minor> taken = new ArrayList<>();
        try {
            int last = 0;
            while (last < 600) {
                AnonymousDevices.Minor minor = AnonymousDevices.take();
                taken.add(minor);
                long device = minor.value();
                assertThat(MountInfo.major(device)).isZero();
                assertThat(MountInfo.minor(device)).isGreaterThan(last);
                last = MountInfo.minor(device);
                if (last > 255) {
                    assertThat(device & 0xFFF00).isZero();
                }
            }
        } finally {
            taken.forEach(AnonymousDevices.Minor::free);
        }
        assertThat(taken).isNotEmpty();
    }

    @Test
    void aFileSystemThatBeganReadOnlyStaysSo() {
        SuperBlock block = new SuperBlock();
        assertThat(block.isReadOnly()).isFalse();
        assertThat(block.isAlwaysReadOnly()).isFalse();
        block.setFlags(MountFlags.MS_RDONLY | MountFlags.MS_LAZYTIME);
        assertThat(block.flags()).isEqualTo(MountFlags.MS_RDONLY | MountFlags.MS_LAZYTIME);
        assertThat(block.isReadOnly()).isTrue();
        block.setFlags(MountFlags.MS_LAZYTIME);
        block.beginReadOnly();
        assertThat(block.flags()).isEqualTo(MountFlags.MS_RDONLY | MountFlags.MS_LAZYTIME);
        assertThat(block.isAlwaysReadOnly()).isTrue();
    }

    @Test
    void furtherDevicesLiveAsLongAsTheFileSystem() throws Exception {
        MountedTrees trees = new MountedTrees("a");
        PlainTree tree = new PlainTree();
        trees.mount("/a", tree);
        SuperBlock block = tree.superBlock();
        long further = block.takeDevice();
        assertThat(further).isNotEqualTo(block.device());
        assertThat(block.isActive()).isTrue();
        assertThat(block.isReleased()).isFalse();
        assertThat(block.mounts()).containsExactly(trees.mountAt("/a"));
        trees.mounts.unmount(trees.admin, trees.at("/a"), 0);
        assertThat(block.isActive()).isFalse();
        assertThat(block.isReleased()).isTrue();
        // Given back at once: there is nobody to give it back later.
        long late = block.takeDevice();
        AnonymousDevices.Minor next = AnonymousDevices.take();
        next.free();
        assertThat(next.value()).isLessThanOrEqualTo(late);
    }
}
