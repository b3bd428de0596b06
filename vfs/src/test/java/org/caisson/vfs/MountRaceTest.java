package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.MountFlags;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Walks run while mounts come, move and go: they must see all as it was before or as it is after. */
@ExtendWith(FdLeakCheck.class)
class MountRaceTest {
    private static final int CHANGES = Integer.getInteger("caisson.mounts.changes", 20_000);

    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final MountOperations mounts = vfs.mounts();
    private final Credentials admin = Credentials.root();
    private final PlainTree base =
            new PlainTree().directories("a", "b", "t/d", "keep").files("a/f", "b/f", "t/d/f");
    private final VirtualDentry root = vfs.newMountNamespace(base).root();

    private PathOperation at(String path) {
        return new PathOperation().root(root).start(root).path(path);
    }

    /** Two mounts that come and go together, of which one alone would show a directory without the file. */
    @Test
    void aTreeOfMountsComesAndGoesAsAWhole() throws Exception {
        PlainTree outer = new PlainTree().directories("d");
        PlainTree inner = new PlainTree().files("f");
        mounts.mount(admin, Name.of("outer"), at("/keep"), outer, 0);
        mounts.mount(admin, Name.of("inner"), at("/keep/d"), inner, 0);
        String[] paths = {"/t/d/f", "/t/d/../../t/d/f", "/t/../t/d/f", "/t/d/.././d/f"};
        Race.of(
                CHANGES,
                () -> {
                    try (DetachedTree copy = mounts.openTree(admin, at("/keep"), AtFlags.AT_RECURSIVE)) {
                        mounts.moveMount(admin, at("").itself(copy.root()), at("/t"), 0);
                    }
                    mounts.unmount(admin, at("/t"), MountFlags.MNT_DETACH);
                },
                () -> {
                    for (String path : paths) {
                        assertThat(vfs.lookup(admin, at(path)).dentry()).isNotNull();
                    }
                });
    }

    @Test
    void aMountThatMovesIsHereOrThere() throws Exception {
        PlainTree moving = new PlainTree().files("f", "mark");
        mounts.mount(admin, Name.of("none"), at("/a"), moving, 0);
        boolean[] there = new boolean[1];
        Race.of(
                CHANGES,
                () -> {
                    mounts.move(admin, at(there[0] ? "/b" : "/a"), at(there[0] ? "/a" : "/b"));
                    there[0] = !there[0];
                },
                () -> {
                    vfs.lookup(admin, at("/a/f"));
                    vfs.lookup(admin, at("/b/../a/../b/f"));
                    VirtualDentry mark = vfs.find(admin, at("/a/mark"));
                    // up from it there are the directories of both, wherever it is
                    if (mark != null) {
                        vfs.lookup(admin, at("../a/f").start(moving(mark)));
                        vfs.lookup(admin, at("../b/f").start(moving(mark)));
                    }
                });
    }

    private static VirtualDentry moving(VirtualDentry mark) {
        return mark.mount().root();
    }

    /** An open file keeps its mount from being taken off, or is a file of what was beneath. */
    @Test
    @Timeout(60)
    void aFileSystemIsNotReleasedWhileAFileIsOpen() throws Exception {
        Race.of(
                CHANGES,
                () -> {
                    PlainTree upper = new PlainTree().files("f");
                    mounts.mount(admin, Name.of("none"), at("/a"), upper, 0);
                    while (true) {
                        try {
                            mounts.unmount(admin, at("/a"), 0);
                            break;
                        } catch (ErrnoException e) {
                            assertThat(e.errno()).isEqualTo(Errno.EBUSY);
                        }
                    }
                    // An open that came too late may hold the mount for a moment.
                    while (upper.releases.get() == 0) {
                        Thread.onSpinWait();
                    }
                },
                () -> {
                    try (FileDescription file = vfs.open(admin, at("/a/f"), OpenOptions.READ)) {
                        Mount mount = file.place().mount();
                        assertThat(mount.namespace()).isNotNull();
                        PlainTree tree = (PlainTree) mount.fileSystem();
                        assertThat(tree.releases).hasValue(0);
                    }
                });
    }

    /** Either the remount finds the writer, or the writer finds the mount read-only. */
    @Test
    void noFileIsOpenForWritingOnAReadOnlyMount() throws Exception {
        mounts.bind(admin, at("/b"), at("/b"), false);
        Mount mount = vfs.lookup(admin, at("/b")).mount();
        Race.of(
                CHANGES,
                () -> {
                    try {
                        mounts.remount(admin, at("/b"), MountFlags.MS_RDONLY);
                        mounts.remount(admin, at("/b"), 0);
                    } catch (ErrnoException e) {
                        assertThat(e.errno()).isEqualTo(Errno.EBUSY);
                    }
                },
                () -> {
                    try (FileDescription file = vfs.open(admin, at("/b/f"), OpenOptions.WRITE)) {
                        assertThat(mount.isReadOnly()).isFalse();
                        assertThat(file.place().mount()).isSameAs(mount);
                    } catch (ErrnoException e) {
                        assertThat(e.errno()).isEqualTo(Errno.EROFS);
                    }
                });
    }
}
