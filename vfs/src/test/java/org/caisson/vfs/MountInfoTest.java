package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.caisson.vfs.MountedTrees.assertFails;

import java.nio.charset.StandardCharsets;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.MountFlags;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is told of mounts, beyond what is compared with the kernel at random. */
@ExtendWith(FdLeakCheck.class)
class MountInfoTest {
    private final MountedTrees trees = new MountedTrees("a", "b", "with space", "tab\tline\nback\\hash#");

    private String mountinfo() {
        return new String(trees.mounts.mountinfo(trees.namespace, trees.root), StandardCharsets.UTF_8);
    }

    private String lastLine() {
        String[] lines = mountinfo().split("\n", -1);
        return lines[lines.length - 2];
    }

    @Test
    void aLineHasTheFieldsOfTheKernelInItsOrder() throws ErrnoException {
        Mount mount = trees.mounts.mount(
                trees.admin,
                Name.of("source"),
                trees.at("/a"),
                new PlainTree(),
                MountFlags.MS_RDONLY
                        | MountFlags.MS_NOSUID
                        | MountFlags.MS_NODEV
                        | MountFlags.MS_NOEXEC
                        | MountFlags.MS_NODIRATIME
                        | MountFlags.MS_NOSYMFOLLOW
                        | MountFlags.MS_SYNCHRONOUS
                        | MountFlags.MS_LAZYTIME);
        trees.set("/a", PropagationType.SHARED);
        Stat stat = new Stat();
        trees.vfs.stat(trees.admin, trees.at("/a"), stat);
        assertThat(lastLine())
                .isEqualTo(mount.id() + " " + trees.root.mount().id() + " 0:" + MountInfo.minor(stat.device)
                        + " / /a ro,nosuid,nodev,noexec,nodiratime,relatime,nosymfollow shared:1"
                        + " - tmpfs source ro,sync,lazytime");
        assertThat(stat.mountId).isEqualTo(mount.id());
    }

    @Test
    void oddCharactersAreEscapedInPathsAndMoreInWords() throws ErrnoException {
        String odd = "tab\tline\nback\\hash#";
        trees.mounts.mount(trees.admin, Name.of(odd), trees.at("/" + odd), new PlainTree(), 0);
        assertThat(lastLine())
                .contains(" /tab\\011line\\012back\\134hash# rw")
                .contains(" - tmpfs tab\\011line\\012back\\134hash\\043 rw");
        trees.mounts.bind(trees.admin, trees.at("/with space"), trees.at("/a"), false);
        assertThat(lastLine()).contains(" /with\\040space /a rw");
    }

    @Test
    void onlyWhatIsBeneathTheReadersRootIsTold() throws ErrnoException {
        trees.mount("/a", "in");
        trees.mount("/a/in");
        VirtualDentry inner = trees.vfs.lookup(trees.admin, trees.at("/a"));
        assertThat(trees.table(trees.namespace, inner)).isEqualTo("a /\na/in /in\n");
        // no mount begins at a root that is none
        VirtualDentry directory = trees.vfs.lookup(trees.admin, trees.at("/a/in/.."));
        assertThat(directory).isEqualTo(inner);
        VirtualDentry plain = trees.vfs.lookup(trees.admin, trees.at("/b"));
        assertThat(trees.table(trees.namespace, plain)).isEmpty();
    }

    @Test
    void theRootOfABindMountIsMarkedWhenItIsRemoved() throws ErrnoException {
        trees.mounts.bind(trees.admin, trees.at("/b"), trees.at("/a"), false);
        trees.vfs.rmdir(trees.admin, trees.at("/b"));
        assertThat(lastLine()).contains(" /b//deleted /a rw");
    }

    @Test
    void theShortTableTellsOneKindOfReadOnly() throws ErrnoException {
        trees.mount("/a");
        trees.mounts.remount(trees.admin, trees.at("/a"), MountFlags.MS_RDONLY | MountFlags.MS_STRICTATIME);
        assertThat(new String(trees.mounts.mounts(trees.namespace, trees.root), StandardCharsets.UTF_8))
                .isEqualTo("base / tmpfs rw,relatime 0 0\na /a tmpfs ro 0 0\n");
    }

    @Test
    void idsAreUsedAgainTheSmallestFirst() throws ErrnoException {
        Mount first = trees.mount("/a");
        Mount second = trees.mount("/b");
        assertThat(second.id()).isEqualTo(first.id() + 1);
        trees.mounts.unmount(trees.admin, trees.at("/a"), 0);
        trees.mounts.unmount(trees.admin, trees.at("/b"), 0);
        Mount third = trees.mount("/b");
        assertThat(third.id()).isEqualTo(first.id());
        assertThat(third.uniqueId()).isGreaterThan(second.uniqueId());
    }

    @Test
    void anIdIsNotFreeWhileItsMountIsInUse() throws ErrnoException {
        Mount first = trees.mount("/a");
        FileDescription file = trees.vfs.open(trees.admin, trees.at("/a/f"), OpenOptions.READ);
        trees.mounts.unmount(trees.admin, trees.at("/a"), MountFlags.MNT_DETACH);
        assertThat(trees.mount("/b").id()).isNotEqualTo(first.id());
        file.close();
        assertThat(trees.mount("/b").id()).isEqualTo(first.id());
    }

    @Test
    void mountsAreListedByTheirUniqueIds() throws ErrnoException {
        long one = trees.mount("/a", "in").uniqueId();
        long two = trees.mount("/b").uniqueId();
        long three = trees.mount("/a/in").uniqueId();
        long top = trees.root.mount().uniqueId();
        assertThat(list(MountStatus.LSMT_ROOT, 0, 10, false)).containsExactly(top, one, two, three);
        assertThat(list(MountStatus.LSMT_ROOT, one, 1, false)).containsExactly(two);
        assertThat(list(MountStatus.LSMT_ROOT, 0, 2, true)).containsExactly(three, two);
        assertThat(list(MountStatus.LSMT_ROOT, two, 10, true)).containsExactly(one, top);
        assertThat(list(one, 0, 10, false)).containsExactly(three);
        assertFails(Errno.EINVAL, () -> list(7, 0, 10, false));
        assertFails(Errno.EINVAL, () -> list(MountStatus.LSMT_ROOT, 7, 10, false));
        assertFails(Errno.ENOENT, () -> list(three + 1, 0, 10, false));
    }

    private long[] list(long above, long last, int most, boolean reverse) throws ErrnoException {
        return trees.mounts.listmount(trees.admin, trees.at("/"), trees.namespace, above, last, most, reverse);
    }

    @Test
    void statmountTellsOfAMountAndHidesWhatIsOutOfReach() throws ErrnoException {
        Mount mount = trees.mount("/a", "in");
        trees.mounts.remount(trees.admin, trees.at("/a"), MountFlags.MS_NOATIME | MountFlags.MS_NODEV);
        MountStatus status = trees.mounts.statmount(trees.admin, trees.at("/"), trees.namespace, mount.uniqueId());
        assertThat(status.oldId()).isEqualTo(mount.id());
        assertThat(status.parentId()).isEqualTo(trees.root.mount().uniqueId());
        assertThat(status.attributes()).isEqualTo(MountFlags.MOUNT_ATTR_NOATIME | MountFlags.MOUNT_ATTR_NODEV);
        assertThat(status.propagation()).isEqualTo(MountFlags.MS_PRIVATE);
        assertThat(status.magic()).isEqualTo(0x01021994);
        assertThat(status.point()).isEqualTo(Name.of("/a"));
        assertThat(status.source()).isEqualTo(Name.of("a"));
        assertThat(status.namespaceId()).isEqualTo(trees.namespace.id());
        PathOperation inside = MountedTrees.at(trees.vfs.lookup(trees.admin, trees.at("/b")), "/");
        assertThat(trees.mounts
                        .statmount(trees.admin, inside, trees.namespace, mount.uniqueId())
                        .point())
                .isNull();
        assertFails(
                Errno.EPERM,
                () -> trees.mounts.statmount(Credentials.of(1, 1), inside, trees.namespace, mount.uniqueId()));
        assertFails(Errno.EINVAL, () -> trees.mounts.statmount(trees.admin, inside, trees.namespace, mount.id()));
    }

    @Test
    void statfsTellsTheFlagsInItsOwnNumbers() throws ErrnoException {
        trees.mount("/a");
        trees.mounts.remount(trees.admin, trees.at("/a"), MountFlags.MS_NOSYMFOLLOW | MountFlags.MS_NOEXEC);
        FileSystemStatistics statistics = new FileSystemStatistics();
        trees.vfs.statfs(trees.admin, trees.at("/a"), statistics);
        // ST_VALID, ST_NOEXEC, ST_RELATIME, ST_NOSYMFOLLOW
        assertThat(statistics.flags).isEqualTo(0x20 | 8 | 0x1000 | 0x2000);
    }

    @Test
    void aNamespaceTellsThatItChanged() throws ErrnoException {
        long before = trees.namespace.changes();
        trees.mount("/a");
        long mounted = trees.namespace.changes();
        assertThat(mounted).isGreaterThan(before);
        trees.mounts.remount(trees.admin, trees.at("/a"), MountFlags.MS_NODEV);
        long remounted = trees.namespace.changes();
        assertThat(remounted).isGreaterThan(mounted);
        trees.mounts.unmount(trees.admin, trees.at("/a"), 0);
        assertThat(trees.namespace.changes()).isGreaterThan(remounted);
    }

    @Test
    void pathsOutOfReachAndOfRemovedNamesAreMarked() throws ErrnoException {
        trees.mount("/a", "in/deep");
        VirtualDentry deep = trees.vfs.lookup(trees.admin, trees.at("/a/in/deep"));
        VirtualDentry b = trees.vfs.lookup(trees.admin, trees.at("/b"));
        assertThat(text(trees.vfs.workingDirectoryPath(trees.root, deep))).isEqualTo("/a/in/deep");
        assertThat(text(trees.vfs.workingDirectoryPath(b, deep))).isEqualTo("(unreachable)/base/a/in/deep");
        assertThat(text(trees.vfs.pathOf(b, deep))).isEqualTo("/base/a/in/deep");
        try (FileDescription held = trees.vfs.open(trees.admin, trees.at("/a/in/deep"), OpenOptions.READ)) {
            trees.mounts.unmount(trees.admin, trees.at("/a"), MountFlags.MNT_DETACH);
            assertThat(text(trees.vfs.workingDirectoryPath(trees.root, held.place())))
                    .isEqualTo("(unreachable)/in/deep");
        }
        trees.vfs.rmdir(trees.admin, trees.at("/b"));
        assertThat(text(trees.vfs.pathOf(trees.root, b))).isEqualTo("/b (deleted)");
        assertFails(Errno.ENOENT, () -> trees.vfs.workingDirectoryPath(trees.root, b));
    }

    private static String text(byte[] path) {
        return new String(path, StandardCharsets.UTF_8);
    }

    @Test
    void everyKindOfChangeIsTold() throws ErrnoException {
        trees.mount("/a", "old");
        Change[] changes = {
            () -> trees.mounts.mount(trees.admin, null, trees.at("/a"), null, MountFlags.MS_REMOUNT, Name.EMPTY),
            () -> trees.mounts.setAttributes(trees.admin, trees.at("/a"), 0, MountFlags.MOUNT_ATTR_NODEV, 0, 0),
            () -> trees.mounts.pivotRoot(trees.admin, trees.at("/a"), trees.at("/a/old")),
        };
        for (Change change : changes) {
            long before = trees.namespace.changes();
            change.make();
            assertThat(trees.namespace.changes()).isGreaterThan(before);
        }
    }

    @FunctionalInterface
    private interface Change {
        void make() throws ErrnoException;
    }

    @Test
    void idsOfTheOtherKindAreNoIds() throws ErrnoException {
        long mount = trees.mount("/a").uniqueId();
        for (long id : new long[] {0, 1, MountTree.UNIQUE_ID_OFFSET}) {
            assertFails(Errno.EINVAL, () -> trees.mounts.statmount(trees.admin, trees.at("/"), trees.namespace, id));
            assertFails(Errno.EINVAL, () -> list(id, 0, 10, false));
        }
        for (long id : new long[] {Long.MIN_VALUE, mount + 1}) {
            assertFails(Errno.ENOENT, () -> trees.mounts.statmount(trees.admin, trees.at("/"), trees.namespace, id));
            assertFails(Errno.ENOENT, () -> list(id, 0, 10, false));
        }
        assertFails(Errno.EINVAL, () -> list(mount, MountTree.UNIQUE_ID_OFFSET, 10, false));
        // The first id is the one behind them.
        long first = trees.namespace.rootMount().uniqueId();
        assertThat(first).isEqualTo(MountTree.UNIQUE_ID_OFFSET + 1);
        assertThat(list(first, first, 10, false))
                .containsExactly(trees.root.mount().uniqueId(), mount);
    }

    @Test
    void whatIsBeneathAMountOutOfReachIsForAdministrators() throws ErrnoException {
        long mount = trees.mount("/a", "in").uniqueId();
        long inner = trees.mount("/a/in").uniqueId();
        PathOperation inside = MountedTrees.at(trees.vfs.lookup(trees.admin, trees.at("/b")), "/");
        assertThat(trees.mounts.listmount(trees.admin, inside, trees.namespace, mount, 0, 10, false))
                .containsExactly(inner);
        assertFails(
                Errno.EPERM,
                () -> trees.mounts.listmount(Credentials.of(1, 1), inside, trees.namespace, mount, 0, 10, false));
    }

    @Test
    void statmountTellsTheManners() throws ErrnoException {
        long one = trees.mount("/a", "in").uniqueId();
        trees.set("/a", PropagationType.SHARED);
        trees.mounts.bind(trees.admin, trees.at("/a"), trees.at("/b"), false);
        trees.set("/b", PropagationType.SLAVE);
        long two = trees.mountAt("/b").uniqueId();
        assertThat(propagation(one)).isEqualTo(MountFlags.MS_SHARED);
        assertThat(propagation(two)).isEqualTo(MountFlags.MS_SLAVE);
        trees.set("/b", PropagationType.SHARED);
        assertThat(propagation(two)).isEqualTo(MountFlags.MS_SHARED | MountFlags.MS_SLAVE);
        trees.set("/a", PropagationType.UNBINDABLE);
        assertThat(propagation(one)).isEqualTo(MountFlags.MS_UNBINDABLE);
    }

    private long propagation(long id) throws ErrnoException {
        return trees.mounts
                .statmount(trees.admin, trees.at("/"), trees.namespace, id)
                .propagation();
    }

    @Test
    void deviceNumbersFallIntoTheirParts() {
        // As makedev(3) puts them together: major 0x123, minor 0x45678.
        long device = 0x12378 | 0x45600L << 12;
        assertThat(MountInfo.major(device)).isEqualTo(0x123);
        assertThat(MountInfo.minor(device)).isEqualTo(0x45678);
    }
}
