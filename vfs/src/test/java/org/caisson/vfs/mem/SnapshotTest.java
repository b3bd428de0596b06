package org.caisson.vfs.mem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.AllocationModes;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystemContext;
import org.caisson.vfs.FileSystemParameter;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.differential.DeepDump;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Snapshots of a memory file system and clones of them, case by case. */
class SnapshotTest {
    private static final int CREATE = OpenFlags.O_CREAT | OpenFlags.O_RDWR;
    private static final int PAGE = PageStore.PAGE_SIZE;

    private final Credentials root = Credentials.root();
    private final MappedPageStore store = MappedPageStore.anonymous();
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final MemFileSystem fileSystem = new MemFileSystem(
            MemOptions.DEFAULT.withSize(1 << 20).withInodes(1000).withMode(0755), store);
    private final Tree tree = new Tree(fileSystem);

    @AfterEach
    void close() {
        store.close();
    }

    /** A mounted tree. */
    private final class Tree implements AutoCloseable {
        private final MountNamespace namespace;

        Tree(MemFileSystem mounted) {
            namespace = vfs.newMountNamespace(mounted);
        }

        PathOperation at(String path) {
            return new PathOperation()
                    .root(namespace.root())
                    .start(namespace.root())
                    .path(path);
        }

        Stat stat(String path) throws ErrnoException {
            Stat stat = new Stat();
            vfs.stat(root, at(path), stat);
            return stat;
        }

        FileDescription open(String path, int flags) throws ErrnoException {
            return vfs.open(root, at(path), new OpenOptions(flags, 0644));
        }

        void write(String path, long offset, byte[] bytes) throws ErrnoException {
            try (FileDescription file = open(path, CREATE)) {
                file.write(MemorySegment.ofArray(bytes), offset);
            }
        }

        void create(String path, String content) throws ErrnoException {
            write(path, 0, content.getBytes(StandardCharsets.UTF_8));
        }

        String content(String path) throws ErrnoException {
            try (FileDescription file = open(path, OpenFlags.O_RDONLY)) {
                MemorySegment buffer = MemorySegment.ofArray(new byte[100]);
                int count = (int) file.read(buffer, 0);
                return new String(buffer.toArray(ValueLayout.JAVA_BYTE), 0, count, StandardCharsets.UTF_8);
            }
        }

        List<String> list(String path) throws ErrnoException {
            List<String> names = new ArrayList<>();
            try (FileDescription directory = open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY)) {
                directory.readDirectory(0, (name, inode, type, next) -> names.add(name.toString()));
            }
            return names.subList(2, names.size());
        }

        void mkdir(String path) throws ErrnoException {
            vfs.mkdir(root, at(path), 0755);
        }

        void unlink(String path) throws ErrnoException {
            vfs.unlink(root, at(path));
        }

        FileSystemStatistics statfs() throws ErrnoException {
            FileSystemStatistics statistics = new FileSystemStatistics();
            vfs.statfs(root, at("/"), statistics);
            return statistics;
        }

        String dump() throws ErrnoException {
            return DeepDump.of(vfs, namespace.root());
        }

        @Override
        public void close() {
            namespace.release();
        }
    }

    private static byte[] pages(int count) {
        byte[] bytes = new byte[count * PAGE];
        Arrays.fill(bytes, (byte) 7);
        return bytes;
    }

    private static void fails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @Test
    void aSnapshotShowsWhatWas() throws ErrnoException {
        tree.mkdir("/a");
        tree.create("/a/file", "before");
        tree.create("/a/gone", "x");
        String before = tree.dump();
        Snapshot snapshot = fileSystem.snapshot();
        tree.create("/a/file", "after!");
        tree.create("/a/new", "y");
        tree.unlink("/a/gone");
        vfs.rename(root, tree.at("/a"), tree.at("/b"), 0);
        try (snapshot;
                Tree shown = new Tree(snapshot.open())) {
            assertThat(shown.dump()).isEqualTo(before);
            assertThat(shown.content("/a/file")).isEqualTo("before");
        }
    }

    @Test
    void nothingCanBeChangedInASnapshot() throws ErrnoException {
        tree.create("/file", "x");
        try (Snapshot snapshot = fileSystem.snapshot();
                Tree shown = new Tree(snapshot.open())) {
            fails(Errno.EROFS, () -> shown.create("/file", "y"));
            fails(Errno.EROFS, () -> shown.create("/new", "y"));
            fails(Errno.EROFS, () -> shown.mkdir("/d"));
            fails(Errno.EROFS, () -> shown.unlink("/file"));
            fails(Errno.EROFS, () -> vfs.link(root, shown.at("/file"), shown.at("/other")));
            fails(Errno.EROFS, () -> vfs.rename(root, shown.at("/file"), shown.at("/other"), 0));
            fails(Errno.EROFS, () -> vfs.setStat(root, shown.at("/file"), mode(0600)));
            try (FileSystemContext context = vfs.mounts().pickFileSystem(root, shown.at("/"))) {
                context.set(new FileSystemParameter.Flag("rw"));
                fails(Errno.EROFS, context::reconfigure);
            }
            assertThat(shown.statfs().flags & 1).isEqualTo(1);
        }
    }

    private static SetStat mode(int mode) {
        SetStat change = new SetStat();
        change.mask = SetStat.MODE;
        change.mode = mode;
        return change;
    }

    @Test
    void aReadOfASnapshotLeavesItsAccessTimes() throws ErrnoException {
        tree.create("/file", "x");
        try (Snapshot snapshot = fileSystem.snapshot();
                Tree shown = new Tree(snapshot.open())) {
            long before = shown.stat("/file").accessNanos;
            assertThat(shown.content("/file")).isEqualTo("x");
            assertThat(shown.stat("/file").accessNanos).isEqualTo(before);
        }
    }

    @Test
    void aCloneAndItsOriginalGoTheirOwnWays() throws ErrnoException {
        tree.mkdir("/d");
        tree.create("/d/shared", "same");
        tree.create("/d/mine", "original");
        Snapshot snapshot = fileSystem.snapshot();
        try (Tree clone = new Tree(snapshot.newClone())) {
            clone.create("/d/mine", "clone");
            clone.unlink("/d/shared");
            clone.create("/d/only", "z");
            tree.create("/d/mine", "ORIGINAL");
            assertThat(clone.content("/d/mine")).isEqualTo("clonenal");
            assertThat(clone.list("/d")).containsExactly("mine", "only");
            assertThat(tree.list("/d")).containsExactly("shared", "mine");
            assertThat(tree.content("/d/mine")).isEqualTo("ORIGINAL");
            assertThat(clone.stat("/d/mine").inode).isEqualTo(tree.stat("/d/mine").inode);
        }
        snapshot.close();
    }

    @Test
    void onlyPagesThatAreWrittenAreCopied() throws ErrnoException {
        tree.write("/file", 0, pages(200));
        assertThat(store.used()).isEqualTo(200);
        try (Snapshot snapshot = fileSystem.snapshot();
                Tree clone = new Tree(snapshot.newClone())) {
            assertThat(clone.stat("/file").blocks).isEqualTo(1600);
            assertThat(store.used()).isEqualTo(200);
            tree.write("/file", 10 * PAGE, new byte[] {1});
            tree.write("/file", 10 * PAGE + 1, new byte[] {1});
            assertThat(store.used()).isEqualTo(201);
            clone.write("/file", 100 * PAGE - 1, new byte[] {1, 2});
            assertThat(store.used()).isEqualTo(203);
            clone.write("/more", 0, pages(1));
            assertThat(store.used()).isEqualTo(204);
        }
        assertThat(store.used()).isEqualTo(200);
    }

    @Test
    void takingASnapshotTouchesNothing() throws ErrnoException {
        for (int i = 0; i < 200; i++) {
            tree.create("/file" + i, "x");
        }
        Snapshot snapshot = fileSystem.snapshot();
        assertThat(fileSystem.snapshots().kept()).isZero();
        MemFileSystem clone = snapshot.newClone();
        assertThat(fileSystem.snapshots().kept()).isZero();
        assertThat(store.used()).isEqualTo(200);
        tree.create("/file7", "y");
        // Its attributes and its data, and neither its directory nor another file.
        assertThat(fileSystem.snapshots().kept()).isEqualTo(2);
        tree.unlink("/file8");
        // The directory's entries and attributes, the file's attributes and its data.
        assertThat(fileSystem.snapshots().kept()).isEqualTo(6);
        try (Tree opened = new Tree(clone)) {
            assertThat(opened.content("/file8")).isEqualTo("x");
            assertThat(clone.root().childCount()).isEqualTo(1);
        }
        snapshot.close();
    }

    @Test
    void closingGivesBackWhatOnlyTheSnapshotHeld() throws ErrnoException {
        tree.write("/file", 0, pages(10));
        Snapshot first = fileSystem.snapshot();
        tree.write("/file", 0, pages(4));
        Snapshot second = fileSystem.snapshot();
        tree.write("/file", 0, pages(2));
        tree.unlink("/file");
        assertThat(store.used()).isEqualTo(14);
        first.close();
        assertThat(store.used()).isEqualTo(10);
        first.close();
        second.close();
        assertThat(store.used()).isZero();
    }

    @Test
    void aSnapshotInTheMiddleGoesAndThoseAroundItStay() throws ErrnoException {
        tree.mkdir("/d");
        tree.create("/d/a", "1");
        String firstDump = tree.dump();
        Snapshot first = fileSystem.snapshot();
        tree.create("/d/a", "2");
        tree.create("/d/b", "2");
        Snapshot middle = fileSystem.snapshot();
        tree.unlink("/d/a");
        vfs.rename(root, tree.at("/d/b"), tree.at("/d/c"), 0);
        String lastDump = tree.dump();
        Snapshot last = fileSystem.snapshot();
        tree.unlink("/d/c");
        vfs.rmdir(root, tree.at("/d"));
        middle.close();
        try (first;
                last;
                Tree shownFirst = new Tree(first.open());
                Tree shownLast = new Tree(last.open())) {
            assertThat(shownFirst.dump()).isEqualTo(firstDump);
            assertThat(shownLast.dump()).isEqualTo(lastDump);
        }
        assertThat(store.used()).isZero();
    }

    @Test
    void hardLinksOfACloneAreOneFile() throws ErrnoException {
        tree.mkdir("/d");
        tree.create("/one", "x");
        vfs.link(root, tree.at("/one"), tree.at("/d/two"));
        Snapshot snapshot = fileSystem.snapshot();
        try (Tree clone = new Tree(snapshot.newClone())) {
            clone.create("/d/two", "y");
            assertThat(clone.content("/one")).isEqualTo("y");
            assertThat(clone.stat("/one").links).isEqualTo(2);
            clone.unlink("/one");
            assertThat(clone.stat("/d/two").links).isEqualTo(1);
        }
        snapshot.close();
    }

    @Test
    void aFileWithoutANameIsInNoSnapshotAndCountsInNoClone() throws ErrnoException {
        tree.create("/kept", "x");
        long free = tree.statfs().blocksFree;
        long freeInodes = tree.statfs().filesFree;
        try (FileDescription unlinked = tree.open("/unlinked", CREATE);
                FileDescription temporary = tree.open("/", OpenFlags.O_TMPFILE | OpenFlags.O_RDWR)) {
            unlinked.write(MemorySegment.ofArray(pages(3)));
            temporary.write(MemorySegment.ofArray(pages(5)));
            tree.unlink("/unlinked");
            Snapshot snapshot = fileSystem.snapshot();
            vfs.link(root, tree.at("").itself(temporary.place()), tree.at("/named"));
            try (Tree clone = new Tree(snapshot.newClone())) {
                assertThat(clone.list("/")).containsExactly("kept");
                assertThat(clone.statfs().blocksFree).isEqualTo(free);
                assertThat(clone.statfs().filesFree).isEqualTo(freeInodes);
                assertThat(tree.statfs().blocksFree).isEqualTo(free - 8);
            }
            snapshot.close();
        }
        tree.unlink("/named");
        assertThat(store.used()).isEqualTo(1);
    }

    @Test
    void aCloneOutlivesOriginalAndSnapshot() throws ErrnoException {
        tree.mkdir("/d");
        tree.create("/d/file", "x");
        Snapshot snapshot = fileSystem.snapshot();
        Tree clone = new Tree(snapshot.newClone());
        Snapshot ofClone;
        tree.unlink("/d/file");
        tree.close();
        snapshot.close();
        MemFileSystem cloned = (MemFileSystem) clone.namespace.rootMount().fileSystem();
        ofClone = cloned.snapshot();
        clone.unlink("/d/file");
        clone.close();
        assertThatThrownBy(cloned::snapshot).isInstanceOf(IllegalStateException.class);
        try (ofClone;
                Tree shown = new Tree(ofClone.open())) {
            assertThat(shown.content("/d/file")).isEqualTo("x");
        }
        assertThat(store.used()).isZero();
        assertThatThrownBy(snapshot::open).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aCloneHasLimitsOfItsOwn() throws ErrnoException {
        tree.write("/file", 0, pages(4));
        try (Snapshot snapshot = fileSystem.snapshot();
                Tree clone = new Tree(snapshot.newClone(6L * PAGE, 3))) {
            assertThat(clone.statfs().blocksFree).isEqualTo(2);
            assertThat(clone.statfs().filesFree).isEqualTo(1);
            clone.write("/more", 0, pages(2));
            fails(Errno.ENOSPC, () -> clone.write("/more", 2L * PAGE, pages(1)));
            fails(Errno.ENOSPC, () -> clone.mkdir("/d"));
            // What is shared counts already.
            clone.write("/file", 0, pages(4));
            clone.unlink("/file");
            assertThat(clone.statfs().blocksFree).isEqualTo(4);
            fails(Errno.EINVAL, () -> snapshot.newClone(3L * PAGE, 0));
            fails(Errno.EINVAL, () -> snapshot.newClone(0, 1));
        }
    }

    @Test
    void aDirectoryOfACloneIsEmptyOnlyWhenItIs() throws ErrnoException {
        tree.mkdir("/d");
        tree.create("/d/file", "x");
        tree.mkdir("/e");
        Snapshot snapshot = fileSystem.snapshot();
        try (Tree clone = new Tree(snapshot.newClone())) {
            fails(Errno.ENOTEMPTY, () -> vfs.rmdir(root, clone.at("/d")));
            fails(Errno.ENOTEMPTY, () -> vfs.rename(root, clone.at("/e"), clone.at("/d"), 0));
            clone.unlink("/d/file");
            fails(Errno.ENOENT, () -> clone.stat("/d/file"));
            vfs.rmdir(root, clone.at("/d"));
            assertThat(clone.list("/")).containsExactly("e");
        }
        snapshot.close();
    }

    @Test
    void aPositionInADirectoryOfTheOriginalIsOneInTheClone() throws ErrnoException {
        for (int i = 0; i < 200; i++) {
            tree.create("/file" + i, "");
        }
        for (int i = 0; i < 200; i += 3) {
            tree.unlink("/file" + i);
        }
        List<String> expected = tree.list("/");
        Snapshot snapshot = fileSystem.snapshot();
        tree.unlink("/file1");
        try (Tree clone = new Tree(snapshot.newClone())) {
            assertThat(clone.stat("/file100").size).isZero();
            clone.create("/last", "");
            List<String> present = clone.list("/");
            assertThat(present.subList(0, present.size() - 1)).isEqualTo(expected);
            assertThat(present.getLast()).isEqualTo("last");
        }
        snapshot.close();
    }

    @Test
    void pipesDevicesLinksAndAttributesAreThere() throws ErrnoException {
        vfs.mknod(root, tree.at("/pipe"), StatMode.S_IFIFO | 0600, 0);
        vfs.mknod(root, tree.at("/device"), StatMode.S_IFCHR | 0600, 0x103);
        vfs.symlink(
                root, tree.at("/link"), MemorySegment.ofArray("x".repeat(200).getBytes(StandardCharsets.UTF_8)));
        vfs.setXattr(root, tree.at("/pipe"), Name.of("trusted.a"), MemorySegment.ofArray(new byte[] {1}), 0);
        tree.dump();
        String before = tree.dump();
        Snapshot snapshot = fileSystem.snapshot();
        vfs.setXattr(root, tree.at("/pipe"), Name.of("trusted.b"), MemorySegment.ofArray(new byte[] {1}), 0);
        tree.unlink("/device");
        tree.unlink("/link");
        try (snapshot;
                Tree clone = new Tree(snapshot.newClone());
                FileDescription pipe = clone.open("/pipe", OpenFlags.O_RDWR)) {
            assertThat(clone.dump()).isEqualTo(before);
            pipe.write(MemorySegment.ofArray(new byte[] {1}));
            assertThat(pipe.read(MemorySegment.ofArray(new byte[2]))).isEqualTo(1);
        }
    }

    @Test
    void holesAndUnwrittenPagesAreSharedToo() throws ErrnoException {
        try (FileDescription file = tree.open("/file", CREATE)) {
            file.allocate(AllocationModes.KEEP_SIZE, 0, 8 * PAGE);
            file.write(MemorySegment.ofArray(pages(2)), 2 * PAGE);
        }
        String before = tree.dump();
        Snapshot snapshot = fileSystem.snapshot();
        try (Tree clone = new Tree(snapshot.newClone());
                FileDescription cloned = clone.open("/file", OpenFlags.O_RDWR);
                FileDescription file = tree.open("/file", OpenFlags.O_RDWR)) {
            cloned.write(MemorySegment.ofArray(new byte[] {9}), 10);
            file.allocate(AllocationModes.PUNCH_HOLE | AllocationModes.KEEP_SIZE, 2 * PAGE + 100, PAGE);
            assertThat(clone.stat("/file").size).isEqualTo(4 * PAGE);
            MemorySegment read = MemorySegment.ofArray(new byte[12]);
            cloned.read(read, 0);
            assertThat(read.toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0);
            cloned.read(read, 2 * PAGE + 100);
            assertThat(read.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 7);
            file.read(read, 2 * PAGE + 96);
            assertThat(read.toArray(ValueLayout.JAVA_BYTE)).containsExactly(7, 7, 7, 7, 0, 0, 0, 0, 0, 0, 0, 0);
        }
        try (snapshot;
                Tree shown = new Tree(snapshot.open())) {
            assertThat(shown.dump()).isEqualTo(before);
        }
        tree.close();
        assertThat(store.used()).isZero();
    }

    @Test
    void whatWasNeverMountedIsClosedByHand() throws ErrnoException {
        tree.write("/file", 0, pages(2));
        Snapshot snapshot = fileSystem.snapshot();
        MemFileSystem clone = snapshot.newClone();
        snapshot.close();
        fails(Errno.EBUSY, fileSystem::close);
        tree.unlink("/file");
        assertThat(store.used()).isEqualTo(2);
        clone.close();
        assertThat(store.used()).isZero();
    }
}
