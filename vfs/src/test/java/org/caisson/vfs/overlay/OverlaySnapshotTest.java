package org.caisson.vfs.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.differential.DeepDump;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.overlay.OverlayOptions.Redirects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Snapshots of an overlay whose upper layer is in memory. */
class OverlaySnapshotTest {
    private static final int ROUNDS = Integer.getInteger("caisson.snapshots.rounds", 150);

    private final Credentials root = Credentials.root();
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final MappedPageStore store = MappedPageStore.anonymous();
    private final List<MountNamespace> namespaces = new ArrayList<>();
    private final VirtualDentry lower = mounted(new MemFileSystem(MemOptions.DEFAULT.withMode(0755), store));
    private final VirtualDentry upper = mounted(new MemFileSystem(MemOptions.DEFAULT.withMode(0755), store));

    private VirtualDentry mounted(FileSystem fileSystem) {
        MountNamespace namespace = vfs.newMountNamespace(fileSystem);
        namespaces.add(namespace);
        return namespace.root();
    }

    @BeforeEach
    void plant() throws ErrnoException {
        vfs.mkdir(root, at(lower, "/d"), 0755);
        vfs.mkdir(root, at(lower, "/d/below"), 0755);
        create(lower, "/d/one", "lower one");
        create(lower, "/d/two", "lower two");
        create(lower, "/d/below/deep", "deep");
        vfs.link(root, at(lower, "/d/one"), at(lower, "/linked"));
        vfs.mkdir(root, at(upper, "/layers"), 0755);
        vfs.mkdir(root, at(upper, "/layers/upper"), 0755);
        vfs.mkdir(root, at(upper, "/layers/work"), 0755);
    }

    @AfterEach
    void close() {
        namespaces.forEach(MountNamespace::release);
        assertThat(store.used()).isZero();
        store.close();
    }

    private OverlayFileSystem overlay() throws ErrnoException {
        OverlayOptions.Builder options = OverlayOptions.builder().lower(lower).redirects(Redirects.ON);
        options.upper(place(upper, "/layers/upper"), place(upper, "/layers/work"));
        return new OverlayFileSystem(vfs, root, options.build());
    }

    private VirtualDentry place(VirtualDentry top, String path) throws ErrnoException {
        return vfs.lookup(root, at(top, path));
    }

    private static PathOperation at(VirtualDentry top, String path) {
        return new PathOperation().root(top).start(top).path(path);
    }

    private void create(VirtualDentry top, String path, String content) throws ErrnoException {
        int flags = OpenFlags.O_CREAT | OpenFlags.O_RDWR | OpenFlags.O_TRUNC;
        try (FileDescription file = vfs.open(root, at(top, path), new OpenOptions(flags, 0644))) {
            file.write(MemorySegment.ofArray(content.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private String content(VirtualDentry top, String path) throws ErrnoException {
        try (FileDescription file = vfs.open(root, at(top, path), OpenOptions.READ)) {
            MemorySegment buffer = MemorySegment.ofArray(new byte[100]);
            int count = (int) file.read(buffer, 0);
            return new String(buffer.toArray(ValueLayout.JAVA_BYTE), 0, count, StandardCharsets.UTF_8);
        }
    }

    /** What changes all that a layer can store: copies, whiteouts, opaque and moved directories, links. */
    private void changeMuch(VirtualDentry top) throws ErrnoException {
        create(top, "/d/one", "upper one");
        vfs.unlink(root, at(top, "/d/two"));
        vfs.rename(root, at(top, "/d/below"), at(top, "/moved"), 0);
        create(top, "/moved/new", "new");
        vfs.link(root, at(top, "/moved/new"), at(top, "/d/again"));
        vfs.symlink(root, at(top, "/link"), MemorySegment.ofArray("d/one".getBytes(StandardCharsets.UTF_8)));
        vfs.setXattr(root, at(top, "/d"), Name.of("user.a"), MemorySegment.ofArray(new byte[] {1}), 0);
    }

    private void changeMore(VirtualDentry top) throws ErrnoException {
        create(top, "/d/two", "two again");
        create(top, "/d/one", "later");
        vfs.rename(root, at(top, "/moved"), at(top, "/d"), FileCalls.RENAME_EXCHANGE);
        vfs.unlink(root, at(top, "/d/new"));
        vfs.unlink(root, at(top, "/link"));
    }

    private static String withoutStatfs(String dump) {
        return dump.substring(0, dump.lastIndexOf("statfs"));
    }

    private String dump(VirtualDentry top) throws ErrnoException {
        DeepDump.of(vfs, top);
        return withoutStatfs(DeepDump.of(vfs, top));
    }

    @Test
    void aSnapshotShowsWhatWasAndAClonesChangesAreItsOwn() throws ErrnoException {
        OverlayFileSystem overlay = overlay();
        VirtualDentry top = mounted(overlay);
        changeMuch(top);
        String before = dump(top);
        try (OverlaySnapshot snapshot = overlay.snapshot()) {
            changeMore(top);
            String after = dump(top);
            VirtualDentry shown = mounted(snapshot.open());
            VirtualDentry clone = mounted(snapshot.newClone());
            assertThat(dump(shown)).isEqualTo(before);
            assertThat(dump(clone)).isEqualTo(before);
            create(clone, "/d/one", "clone");
            vfs.rename(root, at(clone, "/moved"), at(clone, "/elsewhere"), 0);
            assertThat(content(clone, "/elsewhere/deep")).isEqualTo("deep");
            assertThat(content(clone, "/d/one")).isEqualTo("clone");
            assertThat(dump(top)).isEqualTo(after);
            assertThat(dump(shown)).isEqualTo(before);
        }
    }

    @Test
    void nothingCanBeChangedInASnapshot() throws ErrnoException {
        OverlayFileSystem overlay = overlay();
        VirtualDentry top = mounted(overlay);
        changeMuch(top);
        try (OverlaySnapshot snapshot = overlay.snapshot()) {
            VirtualDentry shown = mounted(snapshot.open());
            SetStat mode = new SetStat();
            mode.mask = SetStat.MODE;
            fails(Errno.EROFS, () -> create(shown, "/d/one", "x"));
            fails(Errno.EROFS, () -> create(shown, "/new", "x"));
            fails(Errno.EROFS, () -> vfs.unlink(root, at(shown, "/d/one")));
            fails(Errno.EROFS, () -> vfs.setStat(root, at(shown, "/d"), mode));
        }
    }

    @Test
    void aCloneOutlivesAllThatItCameFrom() throws ErrnoException {
        OverlayFileSystem overlay = overlay();
        MountNamespace original = vfs.newMountNamespace(overlay);
        changeMuch(original.root());
        String before = dump(original.root());
        OverlaySnapshot snapshot = overlay.snapshot();
        original.release();
        MountNamespace clone = vfs.newMountNamespace(snapshot.newClone());
        snapshot.close();
        namespaces.forEach(MountNamespace::release);
        namespaces.clear();
        assertThat(dump(clone.root())).isEqualTo(before);
        changeMore(clone.root());
        assertThat(content(clone.root(), "/d/deep")).isEqualTo("deep");
        clone.release();
    }

    /** A rename of what is in a lower layer makes a copy, a whiteout and a name. */
    @Test
    @Timeout(60)
    void eachOperationIsInASnapshotOrNot() throws Exception {
        OverlayFileSystem overlay = overlay();
        VirtualDentry top = mounted(overlay);
        vfs.mkdir(root, at(top, "/e"), 0755);
        AtomicBoolean done = new AtomicBoolean();
        FutureTask<Integer> moves = new FutureTask<>(() -> {
            int count = 0;
            for (; !done.get(); count++) {
                boolean forth = count % 2 == 0;
                vfs.rename(root, at(top, forth ? "/d/two" : "/e/two"), at(top, forth ? "/e/two" : "/d/two"), 0);
                vfs.rename(root, at(top, forth ? "/d/below" : "/e/b"), at(top, forth ? "/e/b" : "/d/below"), 0);
            }
            return count;
        });
        Thread mover = new Thread(moves, "mover");
        mover.start();
        for (int round = 0; round < ROUNDS && !moves.isDone(); round++) {
            try (OverlaySnapshot snapshot = overlay.snapshot()) {
                MountNamespace shown = vfs.newMountNamespace(snapshot.open());
                VirtualDentry seen = shown.root();
                assertThat(isThere(seen, "/d/two")).isNotEqualTo(isThere(seen, "/e/two"));
                assertThat(isThere(seen, "/d/below/deep")).isNotEqualTo(isThere(seen, "/e/b/deep"));
                shown.release();
            }
        }
        done.set(true);
        assertThat(moves.get()).isPositive();
    }

    private boolean isThere(VirtualDentry top, String path) throws ErrnoException {
        try {
            place(top, path);
            return true;
        } catch (ErrnoException e) {
            assertThat(e.errno()).isEqualTo(Errno.ENOENT);
            return false;
        }
    }

    @Test
    void withoutAnUpperLayerInMemoryThereIsNoSnapshot() throws ErrnoException {
        OverlayOptions readOnly = OverlayOptions.builder().lower(lower).build();
        OverlayFileSystem overlay = new OverlayFileSystem(vfs, root, readOnly);
        mounted(overlay);
        fails(Errno.EOPNOTSUPP, overlay::snapshot);
    }

    private static void fails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
