package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.caisson.vfs.MountedTrees.assertFails;

import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.MountFlags;
import org.caisson.linux.StatMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who may call, what arguments mean, and what is left when a call is refused. Errnos are those of the manual pages in section 2. */
@ExtendWith(FdLeakCheck.class)
class MountOperationsTest {
    private static final int UNKNOWN = 1 << 30;

    private final MountedTrees trees = new MountedTrees("a", "b", "c");
    private final Credentials user = Credentials.of(1000, 1000);

    @Test
    void everyOperationNeedsTheCapability() throws ErrnoException {
        trees.mount("/a", "old");
        List<ThrowingCallable> calls = List.of(
                () -> trees.mounts.mount(user, Name.of("n"), trees.at("/b"), "tmpfs", 0, Name.EMPTY),
                () -> trees.mounts.mount(user, Name.of("n"), trees.at("/b"), new PlainTree(), 0),
                () -> trees.mounts.bind(user, trees.at("/a"), trees.at("/b"), false),
                () -> trees.mounts.move(user, trees.at("/a"), trees.at("/b")),
                () -> trees.mounts.moveMount(user, trees.at("/a"), trees.at("/b"), 0),
                () -> trees.mounts.remount(user, trees.at("/a"), 0),
                () -> trees.mounts.setPropagation(user, trees.at("/a"), PropagationType.SHARED, false),
                () -> trees.mounts.setAttributes(user, trees.at("/a"), 0, MountFlags.MOUNT_ATTR_NODEV, 0, 0),
                () -> trees.mounts.unmount(user, trees.at("/a"), 0),
                () -> trees.mounts.pivotRoot(user, trees.at("/a"), trees.at("/a/old")),
                () -> trees.mounts.copyNamespace(user, trees.namespace, null, trees.root, trees.root),
                () -> trees.mounts.enterNamespace(user, trees.namespace),
                () -> trees.mounts.openTree(user, trees.at("/a"), 0),
                () -> trees.mounts.openFileSystem(user, "tmpfs"),
                () -> trees.mounts.pickFileSystem(user, trees.at("/a")));
        for (ThrowingCallable call : calls) {
            assertFails(Errno.EPERM, call);
        }
        try (FileSystemContext context = trees.mounts.openFileSystem(trees.admin, "tmpfs")) {
            context.create();
            assertFails(Errno.EPERM, () -> trees.mounts.mountDetached(user, trees.at("/"), context, 0));
        }
        assertThat(trees.table()).isEqualTo("base /\na /a\n");
    }

    @Test
    void unknownFlagsAreRefused() throws ErrnoException {
        trees.mount("/a");
        assertFails(Errno.EINVAL, () -> trees.mounts.openTree(trees.admin, trees.at("/a"), UNKNOWN));
        assertFails(Errno.EINVAL, () -> trees.mounts.moveMount(trees.admin, trees.at("/a"), trees.at("/b"), UNKNOWN));
        assertFails(Errno.EINVAL, () -> trees.mounts.unmount(trees.admin, trees.at("/a"), UNKNOWN));
        assertThat(trees.table()).isEqualTo("base /\na /a\n");
    }

    @Test
    void aLinkIsTakenForItselfWhereThatIsAsked() throws ErrnoException {
        trees.base.link("l", "a");
        Mount mount = trees.mount("/a");
        trees.mounts.setAttributes(trees.admin, trees.at("/l"), 0, MountFlags.MOUNT_ATTR_NODEV, 0, 0);
        assertThat(mount.isNoDevices()).isTrue();
        int noFollow = AtFlags.AT_SYMLINK_NOFOLLOW;
        long noExec = MountFlags.MOUNT_ATTR_NOEXEC;
        // The link is no root of a mount.
        assertFails(
                Errno.EINVAL, () -> trees.mounts.setAttributes(trees.admin, trees.at("/l"), noFollow, noExec, 0, 0));
        try (DetachedTree followed = trees.mounts.openTree(trees.admin, trees.at("/l"), 0);
                DetachedTree link = trees.mounts.openTree(trees.admin, trees.at("/l"), noFollow)) {
            assertThat(followed.root().dentry()).isSameAs(mount.root().dentry());
            Stat stat = new Stat();
            trees.vfs.stat(trees.admin, trees.at("").itself(link.root()), stat);
            assertThat(stat.mode & StatMode.S_IFMT).isEqualTo(StatMode.S_IFLNK);
        }
    }

    /** As PATH_MAX has it; the NUL at the end counts. */
    @Test
    void aSourceHasFewerThan4096Bytes() throws ErrnoException {
        Name longest = Name.of("s".repeat(4095));
        trees.mounts.mount(trees.admin, longest, trees.at("/a"), "tmpfs", 0, Name.EMPTY);
        assertThat(trees.mountAt("/a").source()).isEqualTo(longest);
        Name longer = Name.of("s".repeat(4096));
        assertFails(
                Errno.EINVAL, () -> trees.mounts.mount(trees.admin, longer, trees.at("/b"), "tmpfs", 0, Name.EMPTY));
    }

    @Test
    void theNewMountIsTheAnswer() throws ErrnoException {
        Mount mount = trees.mount("/a");
        assertThat(trees.mountAt("/a")).isSameAs(mount);
        Mount bound = trees.mounts.bind(trees.admin, trees.at("/a"), trees.at("/b"), false);
        assertThat(trees.mountAt("/b")).isSameAs(bound).isNotSameAs(mount);
    }

    @Test
    void aFileSystemIsReadOnlyForAllItsMountsOrNone() throws ErrnoException {
        PlainTree tree = new PlainTree();
        trees.mount("/a", tree);
        Name source = Name.of("again");
        assertFails(
                Errno.EBUSY, () -> trees.mounts.mount(trees.admin, source, trees.at("/b"), tree, MountFlags.MS_RDONLY));
        trees.mounts.mount(trees.admin, source, trees.at("/b"), tree, MountFlags.MS_NODEV);
        assertThat(trees.mountAt("/b").isReadOnly()).isFalse();
    }

    @Test
    void flagsOfAMountAreItsOwn() throws ErrnoException {
        trees.mount("/a");
        trees.mounts.bind(trees.admin, trees.at("/a"), trees.at("/b"), false);
        trees.mounts.remount(trees.admin, trees.at("/b"), MountFlags.MS_NODEV | MountFlags.MS_NODIRATIME);
        trees.mounts.remount(trees.admin, trees.at("/a"), MountFlags.MS_NOEXEC);
        assertThat(trees.mountAt("/a").isNoExec()).isTrue();
        assertThat(trees.mountAt("/a").isNoDevices()).isFalse();
        assertThat(trees.mountAt("/b").isNoExec()).isFalse();
        assertThat(trees.mountAt("/b").isNoDevices()).isTrue();
        assertThat(trees.mountAt("/b").isNoSymlinkFollow()).isFalse();
    }

    @Test
    void attributesOfAMountAreTurnedIntoFlagsAndBack() throws ErrnoException {
        long[] settable = {
            MountFlags.MOUNT_ATTR_RDONLY,
            MountFlags.MOUNT_ATTR_NOSUID,
            MountFlags.MOUNT_ATTR_NODEV,
            MountFlags.MOUNT_ATTR_NOEXEC,
            MountFlags.MOUNT_ATTR_NODIRATIME,
            MountFlags.MOUNT_ATTR_NOSYMFOLLOW
        };
        long id = trees.mount("/a").uniqueId();
        long expected = 0;
        for (long attribute : settable) {
            trees.mounts.setAttributes(trees.admin, trees.at("/a"), 0, attribute, 0, 0);
            expected |= attribute;
            assertThat(attributes(id)).isEqualTo(expected);
        }
        for (long times : new long[] {
            MountFlags.MOUNT_ATTR_NOATIME, MountFlags.MOUNT_ATTR_STRICTATIME, MountFlags.MOUNT_ATTR_RELATIME
        }) {
            trees.mounts.setAttributes(trees.admin, trees.at("/a"), 0, times, MountFlags.MOUNT_ATTR__ATIME, 0);
            assertThat(attributes(id)).isEqualTo(expected | times);
        }
        for (long attribute : settable) {
            trees.mounts.setAttributes(trees.admin, trees.at("/a"), 0, 0, attribute, 0);
            expected &= ~attribute;
            assertThat(attributes(id)).isEqualTo(expected);
        }
    }

    private long attributes(long id) throws ErrnoException {
        return trees.mounts
                .statmount(trees.admin, trees.at("/"), trees.namespace, id)
                .attributes();
    }

    @Test
    void whoEntersANamespaceKeepsItAndItsRoot() throws ErrnoException {
        NamespaceCopy copy = trees.mounts.copyNamespace(trees.admin, trees.namespace, null, trees.root, trees.root);
        PlainTree inner = new PlainTree();
        trees.mounts.mount(trees.admin, Name.of("in"), MountedTrees.at(copy.root(), "/a"), inner, 0);
        VirtualDentry entered = trees.mounts.enterNamespace(trees.admin, copy.namespace());
        int users = entered.mount().users();
        assertThat(users).isPositive();
        copy.root().mount().release();
        copy.workingDirectory().mount().release();
        copy.namespace().release();
        assertThat(inner.releases).hasValue(0);
        entered.mount().release();
        assertThat(entered.mount().users()).isEqualTo(users - 1);
        copy.namespace().release();
        assertThat(inner.releases).hasValue(1);
    }

    @Test
    void whatIsUsedAfterAMarkIsNotExpired() throws ErrnoException {
        Mount mount = trees.mount("/a");
        int expire = MountFlags.MNT_EXPIRE;
        assertFails(Errno.EAGAIN, () -> trees.mounts.unmount(trees.admin, trees.at("/a"), expire));
        assertThat(mount.tryAcquire()).isTrue();
        assertFails(Errno.EBUSY, () -> trees.mounts.unmount(trees.admin, trees.at("/a"), expire));
        mount.release();
        assertFails(Errno.EAGAIN, () -> trees.mounts.unmount(trees.admin, trees.at("/a"), expire));
        mount.acquire();
        mount.release();
        assertFails(Errno.EAGAIN, () -> trees.mounts.unmount(trees.admin, trees.at("/a"), expire));
        trees.mounts.unmount(trees.admin, trees.at("/a"), expire);
        assertThat(mount.tryAcquire()).isFalse();
        assertThat(mount.users()).isZero();
    }

    @Test
    void manyMountsAreAllFoundUntilTheyGo() throws ErrnoException {
        int many = 300;
        for (int i = 0; i < many; i++) {
            trees.base.directories("d" + i);
            trees.mount("/d" + i);
        }
        for (int gone = 0; gone < many; gone += 3) {
            trees.mounts.unmount(trees.admin, trees.at("/d" + gone), 0);
        }
        for (int i = 0; i < many; i++) {
            String source = trees.mountAt("/d" + i).source().toString();
            assertThat(source).isEqualTo(i % 3 == 0 ? "base" : "d" + i);
        }
    }
}
