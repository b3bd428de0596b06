package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticFileSystem;
import org.caisson.vfs.synthetic.SyntheticLink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What random paths do not lead to: magic links, directories that moved out of a mount, and walks that others get in the way of. */
@ExtendWith(FdLeakCheck.class)
class ResolvingTest {
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final Credentials user = Credentials.root();

    private static int outcome(Attempt attempt) {
        try {
            attempt.run();
            return 0;
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }

    @FunctionalInterface
    private interface Attempt {
        void run() throws ErrnoException;
    }

    private int openat2(PathOperation operation, long flags, long resolve) {
        return outcome(() ->
                vfs.openat2(user, operation, new OpenHow(flags, 0, resolve)).close());
    }

    /** What /proc/self/fd of the kernel does with open files and directories, on each combination of path, flags and RESOLVE bits. */
    @Test
    void magicLinksLeadWhereThoseOfProcDo() throws Exception {
        FutureTask<List<String>> comparison = new FutureTask<>(this::compareMagicLinks);
        Thread.ofPlatform().start(comparison);
        assertThat(comparison.get(1, TimeUnit.MINUTES)).isEmpty();
    }

    private List<String> compareMagicLinks() throws Exception {
        List<String> differences = new ArrayList<>();
        KernelTree.enterOwnMounts();
        MountCalls.mount("none", "/mnt", "tmpfs", 0, "mode=0755");
        SyntheticDirectory.Builder tree = SyntheticDirectory.builder();
        tree.directory("directory").file("file", (credentials, out) -> {});
        tree.file("file", (credentials, out) -> {}).link("link", "/file");
        VirtualDentry root =
                vfs.newMountNamespace(SyntheticFileSystem.sys(tree.build())).root();
        PathOperation path = new PathOperation().root(root).start(root);
        VirtualDentry directory = vfs.lookup(user, path.path("directory"));
        VirtualDentry file = vfs.lookup(user, path.path("file"));
        VirtualDentry link = vfs.lookup(user, path.path("link"));
        try (KernelTree kernel = new KernelTree();
                OwnedFd mnt = FileCalls.open("/mnt", OpenFlags.O_DIRECTORY)) {
            FileCalls.mkdirat(mnt.number(), "directory", 0755);
            FileCalls.openat(mnt.number(), "directory/file", OpenFlags.O_CREAT, 0644)
                    .close();
            FileCalls.openat(mnt.number(), "file", OpenFlags.O_CREAT, 0644).close();
            FileCalls.symlinkat("/mnt/file", mnt.number(), "link");
            int[] fds = {
                kernel.openPath(mnt.number(), "directory", OpenFlags.O_DIRECTORY),
                kernel.openPath(mnt.number(), "file", 0),
                kernel.openPath(mnt.number(), "link", OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW)
            };
            VirtualDentry[] places = {directory, file, link};
            SyntheticDirectory.Builder numbers = SyntheticDirectory.builder();
            for (int i = 0; i < fds.length; i++) {
                VirtualDentry place = places[i];
                numbers.add(Integer.toString(i), SyntheticLink.magic(credentials -> place, credentials ->
                        new byte[] {'/', 'x'}));
            }
            VirtualDentry proc = vfs.newMountNamespace(SyntheticFileSystem.proc(numbers.build()))
                    .root();
            int procFd = kernel.openPath(-100, "/proc/self/fd", OpenFlags.O_PATH);
            String[] rests = {"", "/", "/file", "/..", "/../file", "/missing", "/file/x"};
            long[] flags = {
                0,
                OpenFlags.O_PATH,
                OpenFlags.O_NOFOLLOW,
                OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW,
                OpenFlags.O_DIRECTORY
            };
            for (int i = 0; i < fds.length; i++) {
                for (String rest : rests) {
                    for (long flag : flags) {
                        for (long resolve = 0; resolve < 0x20; resolve++) {
                            int fd = kernel.openat2(procFd, fds[i] + rest, flag, 0, resolve);
                            PathOperation ours = path.root(root).start(proc).path(i + rest);
                            int outcome = openat2(ours, flag, resolve);
                            if (Math.min(fd, 0) != outcome) {
                                differences.add(i + rest + " flags " + Long.toOctalString(flag) + " resolve " + resolve
                                        + ": kernel " + fd + ", ours " + outcome);
                            }
                            if (fd >= 0) {
                                KernelTree.close(fd);
                            }
                        }
                    }
                }
            }
            KernelTree.close(procFd);
            for (int fd : fds) {
                KernelTree.close(fd);
            }
        }
        return differences;
    }

    /** A mount without links: not even a magic one is followed through it. */
    @Test
    void noLinkIsFollowedThroughAMountThatForbidsIt() throws ErrnoException {
        SyntheticDirectory.Builder tree = SyntheticDirectory.builder();
        VirtualDentry[] place = new VirtualDentry[1];
        tree.file("file", (credentials, out) -> {})
                .link("link", "file")
                .add("magic", SyntheticLink.magic(credentials -> place[0], credentials -> new byte[] {'x'}));
        VirtualDentry root =
                vfs.newMountNamespace(SyntheticFileSystem.proc(tree.build())).root();
        place[0] = root;
        PathOperation path = new PathOperation().root(root).start(root);
        assertThat(outcome(() -> vfs.lookup(user, path.path("link").followFinal(true))))
                .isZero();
        assertThat(outcome(() -> vfs.lookup(user, path.path("magic/file")))).isZero();
        vfs.remount(user, path.path("/"), MountFlags.MS_NOSYMFOLLOW);
        int loop = -Errno.ELOOP.number();
        assertThat(outcome(() -> vfs.lookup(user, path.path("link").followFinal(true))))
                .isEqualTo(loop);
        assertThat(outcome(() -> vfs.lookup(user, path.path("magic/file")))).isEqualTo(loop);
        assertThat(outcome(() -> vfs.lookup(user, path.path("link")))).isZero();
    }

    /** As in the kernel: the parent of a directory that was moved out of what a bind mount shows is nowhere. */
    @Test
    void theWayUpFromWhatMovedOutOfAMountEndsNowhere() throws Exception {
        FutureTask<Integer> kernel = new FutureTask<>(ResolvingTest::upFromWhatMovedOut);
        Thread.ofPlatform().start(kernel);
        MovableTree tree = new MovableTree();
        VirtualDentry root = vfs.newMountNamespace(tree).root();
        TreeDentry shown = tree.add(tree.root(), "shown");
        TreeDentry inner = tree.add(shown, "inner");
        tree.add(tree.root(), "point");
        PathOperation path = new PathOperation().root(root).start(root);
        vfs.bind(
                user,
                path.path("/shown"),
                new PathOperation().root(root).start(root).path("/point"));
        VirtualDentry start = vfs.lookup(user, path.path("/point/inner"));
        tree.moveTo(inner, tree.root(), inner.name());
        int ours = outcome(() -> vfs.lookup(user, path.start(start).path("..")));
        assertThat(ours).isEqualTo(kernel.get(1, TimeUnit.MINUTES)).isEqualTo(-Errno.ENOENT.number());
    }

    private static int upFromWhatMovedOut() throws Exception {
        KernelTree.enterOwnMounts();
        MountCalls.mount("none", "/mnt", "tmpfs", 0, "mode=0755");
        try (KernelTree kernel = new KernelTree();
                OwnedFd mnt = FileCalls.open("/mnt", OpenFlags.O_DIRECTORY)) {
            FileCalls.mkdirat(mnt.number(), "shown", 0755);
            FileCalls.mkdirat(mnt.number(), "shown/inner", 0755);
            FileCalls.mkdirat(mnt.number(), "point", 0755);
            MountCalls.mount("/mnt/shown", "/mnt/point", null, MountFlags.MS_BIND, null);
            try (OwnedFd start = FileCalls.open("/mnt/point/inner", OpenFlags.O_PATH)) {
                kernel.rename(mnt.number(), "shown/inner", "inner", 0);
                return kernel.open(start.number(), "..", OpenFlags.O_PATH);
            }
        }
    }

    @Test
    void aPathWithANulIsInvalid() {
        MovableTree tree = new MovableTree();
        VirtualDentry root = vfs.newMountNamespace(tree).root();
        tree.add(tree.root(), "a");
        PathOperation path = new PathOperation().root(root).start(root);
        int invalid = -Errno.EINVAL.number();
        for (String name : List.of("a\0", "\0", "a\0b", "a/b\0", "longer-than-a-word\0", "b\0/c")) {
            assertThat(outcome(() -> vfs.lookup(user, path.path(name)))).isEqualTo(invalid);
            assertThat(outcome(() -> vfs.mkdir(user, path.path(name), 0755))).isEqualTo(invalid);
        }
    }

    /** AT_EMPTY_PATH means the start itself, also one that is no directory; else an empty path is an error. */
    @Test
    void anEmptyPathMeansTheStartIfItMay() throws ErrnoException {
        MovableTree tree = new MovableTree();
        VirtualDentry root = vfs.newMountNamespace(tree).root();
        tree.add(tree.root(), "file", 0100644, 0);
        PathOperation path = new PathOperation().root(root).start(root);
        VirtualDentry file = vfs.lookup(user, path.path("file"));
        assertThat(vfs.lookup(user, path.start(file).path("").emptyPath(true))).isEqualTo(file);
        assertThat(outcome(() -> vfs.lookup(user, path.start(file).path("")))).isEqualTo(-Errno.ENOENT.number());
        assertThat(outcome(() -> vfs.lookup(user, path.start(file).path("x").emptyPath(true))))
                .isEqualTo(-Errno.ENOTDIR.number());
    }

    /** The bytes at the limits of what a word and a name can hold. */
    @Test
    void namesOfAllLengthsAreTold() throws ErrnoException {
        MovableTree tree = new MovableTree();
        VirtualDentry root = vfs.newMountNamespace(tree).root();
        PathOperation path = new PathOperation().root(root).start(root);
        TreeDentry at = tree.root();
        StringBuilder whole = new StringBuilder();
        List<TreeDentry> dentries = new ArrayList<>();
        for (int length = 1; length <= Name.MAX; length += length < 40 ? 1 : 43) {
            String name = "n".repeat(length);
            dentries.add(tree.add(tree.root(), name));
            at = tree.add(at, name);
            whole.append('/').append(name);
            assertThat(vfs.lookup(user, path.path(whole.toString())).dentry()).isSameAs(at);
            assertThat(vfs.lookup(user, path.path(whole + "/")).dentry()).isSameAs(at);
            byte[] bytes = Sprout.bytes(whole + "/////");
            MemorySegment memory = MemorySegment.ofArray(bytes);
            assertThat(vfs.lookup(user, path.path(memory, 0, bytes.length)).dentry())
                    .isSameAs(at);
        }
        for (TreeDentry dentry : dentries) {
            String name = dentry.name().toString();
            assertThat(vfs.lookup(user, path.path(name)).dentry()).isSameAs(dentry);
            assertThat(vfs.find(user, path.path(name.substring(1) + "m"))).isNull();
        }
        int tooLong = -Errno.ENAMETOOLONG.number();
        assertThat(outcome(() -> vfs.lookup(user, path.path("n".repeat(256))))).isEqualTo(tooLong);
        assertThat(outcome(() -> vfs.lookup(user, path.path("/".repeat(4095))))).isZero();
        assertThat(outcome(() -> vfs.lookup(user, path.path("/".repeat(4096))))).isEqualTo(tooLong);
    }

    /** Within what a bind mount shows the way up is as in the whole tree, to its top. */
    @Test
    void theWayUpWithinABindMountEndsAtItsTop() throws ErrnoException {
        MovableTree tree = new MovableTree();
        VirtualDentry root = vfs.newMountNamespace(tree).root();
        TreeDentry shown = tree.add(tree.root(), "shown");
        TreeDentry inner = tree.add(shown, "inner");
        tree.add(inner, "deep");
        tree.add(tree.root(), "point");
        PathOperation path = new PathOperation().root(root).start(root);
        vfs.bind(
                user,
                path.path("/shown"),
                new PathOperation().root(root).start(root).path("/point"));
        VirtualDentry place = vfs.lookup(user, path.path("/point/inner/deep/.."));
        assertThat(place.dentry()).isSameAs(inner);
        assertThat(place.mount()).isNotSameAs(root.mount());
        assertThat(vfs.lookup(user, path.path("/point/inner/../inner/..")).dentry())
                .isSameAs(shown);
        assertThat(vfs.lookup(user, path.path("/point/inner/../.."))).isEqualTo(root);
    }
}
