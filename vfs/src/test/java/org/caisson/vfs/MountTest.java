package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.synthetic.ControlFile;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Errnos are those of mount(2) and umount2(2). */
@ExtendWith(FdLeakCheck.class)
class MountTest {
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final Credentials admin = Credentials.root();
    private final VirtualDentry root =
            vfs.newMountNamespace(system("file", "other", "dir/below")).root();

    private static SyntheticFileSystem system(String... files) {
        SyntheticDirectory.Builder builder = SyntheticDirectory.builder();
        for (String file : files) {
            int slash = file.indexOf('/');
            ControlFile node = ControlFile.of((credentials, out) -> {}, (credentials, data, offset) -> {});
            if (slash < 0) {
                builder.add(file, node);
            } else {
                builder.directory(file.substring(0, slash)).add(file.substring(slash + 1), node);
            }
        }
        return SyntheticFileSystem.sys(builder.build());
    }

    private PathOperation at(String path) {
        return new PathOperation().root(root).start(root).path(path).followFinal(true);
    }

    private VirtualDentry lookup(String path) throws ErrnoException {
        return vfs.lookup(admin, at(path));
    }

    private boolean exists(String path) throws ErrnoException {
        return vfs.find(admin, at(path)) != null;
    }

    private static void assertFails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @Test
    void aMountCoversAndUnmountUncovers() throws ErrnoException {
        Mount mount = vfs.mount(admin, at("/dir"), system("inside"), 0);
        assertThat(exists("/dir/inside")).isTrue();
        assertThat(exists("/dir/below")).isFalse();
        assertThat(lookup("/dir")).isEqualTo(mount.root());
        assertThat(lookup("/dir/..")).isEqualTo(root);
        vfs.unmount(admin, at("/dir"), 0);
        assertThat(exists("/dir/below")).isTrue();
    }

    @Test
    void mountsStackAndComeOffFromTheTop() throws ErrnoException {
        vfs.mount(admin, at("/dir"), system("first"), 0);
        vfs.mount(admin, at("/dir"), system("second"), 0);
        assertThat(exists("/dir/second")).isTrue();
        assertThat(lookup("/dir/..")).isEqualTo(root);
        vfs.unmount(admin, at("/dir"), 0);
        assertThat(exists("/dir/first")).isTrue();
    }

    @Test
    void aFileIsBoundOverAFileButNotOverADirectory() throws ErrnoException {
        vfs.bind(admin, at("/dir/below"), at("/file"));
        assertThat(lookup("/file").dentry()).isSameAs(lookup("/dir/below").dentry());
        assertFails(Errno.ENOTDIR, () -> vfs.bind(admin, at("/other"), at("/dir")));
        assertFails(Errno.ENOTDIR, () -> vfs.bind(admin, at("/dir"), at("/other")));
    }

    @Test
    void aBusyMountStaysUnlessTakenOffLazily() throws ErrnoException {
        vfs.mount(admin, at("/dir"), system("inside"), 0);
        FileDescription open = vfs.open(admin, at("/dir/inside"), OpenOptions.READ);
        assertFails(Errno.EBUSY, () -> vfs.unmount(admin, at("/dir"), 0));
        vfs.unmount(admin, at("/dir"), MountFlags.MNT_DETACH);
        assertThat(exists("/dir/inside")).isFalse();
        Stat stat = new Stat();
        open.stat(stat);
        assertThat(stat.isRegular()).isTrue();
        open.close();
        open.close();
        assertThat(open.place().mount().users()).isZero();
    }

    @Test
    void aMountWithAMountOnItIsBusyAndLazyUnmountTakesBoth() throws ErrnoException {
        vfs.mount(admin, at("/dir"), system("sub/file"), 0);
        Mount upper = vfs.mount(admin, at("/dir/sub"), system("top"), 0);
        assertFails(Errno.EBUSY, () -> vfs.unmount(admin, at("/dir"), 0));
        VirtualDentry left = lookup("/dir/sub");
        vfs.unmount(admin, at("/dir"), MountFlags.MNT_DETACH);
        assertThat(upper.point()).isNull();
        assertThat(exists("/dir/below")).isTrue();
        // who still stands in it finds nothing above
        assertThat(vfs.lookup(admin, at("..").start(left))).isEqualTo(left);
    }

    @Test
    void expiryTakesTwoCallsWithoutUseBetween() throws ErrnoException {
        vfs.mount(admin, at("/dir"), system("inside"), 0);
        assertFails(Errno.EAGAIN, () -> vfs.unmount(admin, at("/dir"), MountFlags.MNT_EXPIRE));
        vfs.open(admin, at("/dir/inside"), OpenOptions.READ).close();
        assertFails(Errno.EAGAIN, () -> vfs.unmount(admin, at("/dir"), MountFlags.MNT_EXPIRE));
        vfs.unmount(admin, at("/dir"), MountFlags.MNT_EXPIRE);
        assertThat(exists("/dir/below")).isTrue();
        assertFails(Errno.EINVAL, () -> vfs.unmount(admin, at("/"), MountFlags.MNT_EXPIRE | MountFlags.MNT_DETACH));
    }

    @Test
    void onlyMountRootsComeOffAndTheNamespaceRootNever() throws ErrnoException {
        assertFails(Errno.EINVAL, () -> vfs.unmount(admin, at("/dir"), 0));
        assertFails(Errno.EINVAL, () -> vfs.unmount(admin, at("/"), MountFlags.MNT_DETACH));
        // as the kernel does it to a task's root
        vfs.unmount(admin, at("/"), 0);
        assertThat(root.mount().isReadOnly()).isTrue();
        assertFails(Errno.EINVAL, () -> vfs.unmount(admin, at("/"), 64));
        assertFails(Errno.EINVAL, () -> vfs.remount(admin, at("/dir"), 0));
    }

    @Test
    void mountingNeedsTheCapability() {
        Credentials user = Credentials.of(1000, 1000);
        assertFails(Errno.EPERM, () -> vfs.mount(user, at("/dir"), system("x"), 0));
        assertFails(Errno.EPERM, () -> vfs.bind(user, at("/dir"), at("/dir")));
        assertFails(Errno.EPERM, () -> vfs.unmount(user, at("/"), 0));
    }

    @Test
    void aReadOnlyBindRefusesWritersAndTheOtherMountDoesNot() throws ErrnoException {
        vfs.bind(admin, at("/dir"), at("/dir"));
        vfs.remount(admin, at("/dir"), MountFlags.MS_RDONLY);
        assertFails(Errno.EROFS, () -> vfs.open(admin, at("/dir/below"), OpenOptions.WRITE));
        assertFails(Errno.EROFS, () -> vfs.access(admin, at("/dir/below"), Permissions.WRITE));
        vfs.open(admin, at("/file"), OpenOptions.WRITE).close();
        FileSystemStatistics statistics = new FileSystemStatistics();
        vfs.statfs(admin, at("/dir"), statistics);
        assertThat(statistics.flags & MountFlags.MS_RDONLY).isEqualTo(MountFlags.MS_RDONLY);
    }

    @Test
    void pathsLeadOverMountsToARoot() throws ErrnoException {
        vfs.mount(admin, at("/dir"), system("sub/file"), 0);
        assertThat(path(root, lookup("/dir/sub/file"))).isEqualTo("/dir/sub/file");
        assertThat(path(lookup("/dir"), lookup("/dir/sub"))).isEqualTo("/sub");
        assertThat(path(root, root)).isEqualTo("/");
    }

    @Test
    void aFileSystemIsReleasedOnceWithItsLastMountAndDescription() throws ErrnoException {
        PlainTree tree = new PlainTree().directories("d").files("f");
        vfs.mount(admin, at("/dir"), tree, 0);
        vfs.bind(admin, at("/dir/f"), at("/file"));
        FileDescription place = vfs.open(admin, at("/file"), new OpenOptions(OpenFlags.O_PATH, 0));
        vfs.unmount(admin, at("/dir"), 0);
        assertFails(Errno.EBUSY, () -> vfs.unmount(admin, at("/file"), 0));
        vfs.unmount(admin, at("/file"), MountFlags.MNT_DETACH);
        assertThat(tree.releases).hasValue(0);
        place.close();
        assertThat(tree.releases).hasValue(1);
        assertFails(Errno.ENODEV, () -> vfs.mount(admin, at("/dir"), tree, 0));
    }

    @Test
    void whatCouldNotBeMountedIsStillItsOwners() throws ErrnoException {
        PlainTree tree = new PlainTree();
        assertFails(Errno.ENOTDIR, () -> vfs.mount(admin, at("/file"), tree, 0));
        assertThat(tree.releases).hasValue(0);
        vfs.mount(admin, at("/dir"), tree, 0);
        assertFails(Errno.EBUSY, () -> vfs.mount(admin, at("/dir"), tree, 0));
        assertFails(Errno.EBUSY, () -> vfs.mount(admin, at("/dir"), tree, MountFlags.MS_RDONLY));
        assertThat(tree.releases).hasValue(0);
    }

    @Test
    void forceTellsTheFileSystemFirst() throws ErrnoException {
        PlainTree tree = new PlainTree().files("f");
        vfs.mount(admin, at("/dir"), tree, 0);
        try (FileDescription file = vfs.open(admin, at("/dir/f"), OpenOptions.READ)) {
            assertFails(Errno.EBUSY, () -> vfs.unmount(admin, at("/dir"), MountFlags.MNT_FORCE));
            assertThat(tree.aborts).hasValue(1);
            assertThat(file.place().mount().namespace()).isNotNull();
        }
    }

    @Test
    void unmountWithoutFollowingFindsNoMountAtALink() throws ErrnoException {
        PlainTree tree = new PlainTree().directories("d").link("l", "d");
        vfs.mount(admin, at("/dir"), tree, 0);
        vfs.mount(admin, at("/dir/d"), new PlainTree(), 0);
        assertFails(Errno.EINVAL, () -> vfs.unmount(admin, at("/dir/l"), MountFlags.UMOUNT_NOFOLLOW));
        vfs.unmount(admin, at("/dir/l"), 0);
        assertThat(lookup("/dir/d").mount().fileSystem()).isSameAs(tree);
    }

    @Test
    void linksAreNotFollowedOnANosymfollowMount() throws ErrnoException {
        PlainTree tree = new PlainTree().directories("d").link("l", "d");
        vfs.mount(admin, at("/dir"), tree, MountFlags.MS_NOSYMFOLLOW);
        assertFails(Errno.ELOOP, () -> lookup("/dir/l"));
        assertThat(vfs.lookup(admin, at("/dir/l").followFinal(false))).isNotNull();
    }

    @Test
    void aPlaceOnAMountThatIsGoneCannotBeOpened() throws ErrnoException {
        Mount mount = vfs.mount(admin, at("/dir"), new PlainTree().files("f"), 0);
        vfs.unmount(admin, at("/dir"), 0);
        assertFails(Errno.ESTALE, () -> vfs.open(admin, at("f").start(mount.root()), OpenOptions.READ));
        assertThat(mount.tryAcquire()).isFalse();
    }

    private String path(VirtualDentry from, VirtualDentry to) {
        return new String(vfs.pathOf(from, to), StandardCharsets.UTF_8);
    }

    @Test
    void onlyForceTellsTheFileSystem() throws ErrnoException {
        PlainTree tree = new PlainTree().files("f");
        vfs.mount(admin, at("/dir"), tree, 0);
        vfs.unmount(admin, at("/dir"), 0);
        assertThat(tree.aborts).hasValue(0);
    }

    @Test
    void aMountDoesNotBecomeReadOnlyUnderWriters() throws ErrnoException {
        vfs.mount(admin, at("/dir"), new PlainTree().files("f"), 0);
        try (FileDescription file = vfs.open(admin, at("/dir/f"), OpenOptions.WRITE)) {
            assertFails(Errno.EBUSY, () -> vfs.remount(admin, at("/dir"), MountFlags.MS_RDONLY));
            assertThat(file.place().mount().isReadOnly()).isFalse();
        }
        vfs.remount(admin, at("/dir"), MountFlags.MS_RDONLY);
        assertThat(lookup("/dir").mount().isReadOnly()).isTrue();
        vfs.remount(admin, at("/dir"), MountFlags.MS_RDONLY | MountFlags.MS_NODEV);
        assertThat(lookup("/dir").mount().isReadOnly()).isTrue();
    }
}
