package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import org.caisson.linux.StatMode;
import org.junit.jupiter.api.Test;

/** The levels of proc_sys_fs(5), of which a kernel has only one of each at a time. */
class LinkProtectionTest {
    private static final int OWNER = 1000;
    private static final Credentials OTHER = Credentials.of(1001, 1001);

    private final MovableTree tree = new MovableTree();
    private int made;

    private Inode directory(int permissions) {
        return tree.add(tree.root(), "d" + made++, StatMode.S_IFDIR | permissions, 0)
                .inode();
    }

    private Inode node(int mode) {
        return tree.add(tree.root(), "n" + made++, mode, OWNER).inode();
    }

    private static LinkProtection all(int level) {
        return new LinkProtection(level, level, level, level);
    }

    @Test
    void linksOfOthersAreNotFollowedWhereAllMayWrite() {
        Inode link = node(StatMode.S_IFLNK | 0777);
        assertThat(all(1).mayFollow(OTHER, directory(01777), link)).isFalse();
        assertThat(all(0).mayFollow(OTHER, directory(01777), link)).isTrue();
        assertThat(all(1).mayFollow(Credentials.of(OWNER, 1), directory(01777), link))
                .isTrue();
        assertThat(all(1).mayFollow(OTHER, directory(01775), link)).isTrue();
        assertThat(all(1).mayFollow(OTHER, directory(0777), link)).isTrue();
        Inode own =
                tree.add(tree.root(), "own", StatMode.S_IFDIR | 01777, OWNER).inode();
        assertThat(all(1).mayFollow(OTHER, own, link)).isTrue();
    }

    @Test
    void filesOfOthersAreNotCreatedOverInStickyDirectories() {
        for (int type : new int[] {StatMode.S_IFREG, StatMode.S_IFIFO}) {
            Inode file = node(type | 0666);
            assertThat(all(0).mayOpenToCreate(OTHER, directory(01777), file)).isTrue();
            assertThat(all(1).mayOpenToCreate(OTHER, directory(01777), file)).isFalse();
            assertThat(all(1).mayOpenToCreate(OTHER, directory(01775), file)).isTrue();
            assertThat(all(2).mayOpenToCreate(OTHER, directory(01775), file)).isFalse();
            assertThat(all(2).mayOpenToCreate(OTHER, directory(01755), file)).isTrue();
            assertThat(all(2).mayOpenToCreate(OTHER, directory(0777), file)).isTrue();
            assertThat(all(2).mayOpenToCreate(Credentials.of(OWNER, 1), directory(01777), file))
                    .isTrue();
            Inode own = tree.add(tree.root(), "own" + type, StatMode.S_IFDIR | 01777, OWNER)
                    .inode();
            assertThat(all(2).mayOpenToCreate(OTHER, own, file)).isTrue();
        }
    }

    @Test
    void eachKindHasALevelOfItsOwn() {
        Inode sticky = directory(01777);
        LinkProtection files = new LinkProtection(0, 0, 1, 0);
        assertThat(files.mayOpenToCreate(OTHER, sticky, node(StatMode.S_IFREG | 0666)))
                .isFalse();
        assertThat(files.mayOpenToCreate(OTHER, sticky, node(StatMode.S_IFIFO | 0666)))
                .isTrue();
        assertThat(files.mayOpenToCreate(OTHER, sticky, node(StatMode.S_IFSOCK | 0666)))
                .isFalse();
    }

    @Test
    void onlyPlainFilesThatOneMayChangeGetAnotherName() {
        Inode open = node(StatMode.S_IFREG | 0666);
        Inode closed = node(StatMode.S_IFREG | 0644);
        Inode privileged = node(StatMode.S_IFREG | 04666);
        assertThat(all(1).mayLink(OTHER, open)).isTrue();
        assertThat(all(1).mayLink(OTHER, closed)).isFalse();
        assertThat(all(1).mayLink(OTHER, privileged)).isFalse();
        assertThat(all(1).mayLink(Credentials.of(OWNER, 1), privileged)).isTrue();
        assertThat(all(0).mayLink(OTHER, closed)).isTrue();
    }
}
