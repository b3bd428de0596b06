package org.caisson.vfs.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.overlay.OverlayFileSystem;
import org.caisson.vfs.overlay.OverlayOptions;
import org.caisson.vfs.overlay.OverlayOptions.Redirects;
import org.caisson.vfs.overlay.OverlaySnapshot;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random sequences on an overlay and on clones of it. What a snapshot shows, and a clone begins as, is what a walk found when it was taken,
 * whatever happened since. More of them, and longer: {@code -Dcaisson.snapshots.seeds=100 -Dcaisson.snapshots.steps=5000}.
 */
class OverlaySnapshotSequencesTest {
    private static final int STEPS = Integer.getInteger("caisson.snapshots.steps", 1000);
    private static final int SEEDS = Integer.getInteger("caisson.snapshots.seeds", 6);
    private static final long FIRST = Long.getLong("caisson.snapshots.first", 1);
    private static final int LOWER_STEPS = 300;

    private final Credentials root = Credentials.root();
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final MappedPageStore store = MappedPageStore.anonymous();
    private final List<Tree> trees = new ArrayList<>();
    private final List<Taken> snapshots = new ArrayList<>();

    static List<Long> seeds() {
        return LongStream.range(FIRST, FIRST + SEEDS).boxed().toList();
    }

    private final class Tree implements AutoCloseable {
        final OverlayFileSystem overlay;
        final MountNamespace namespace;
        final Subject subject;

        Tree(OverlayFileSystem overlay) {
            this.overlay = overlay;
            namespace = vfs.newMountNamespace(overlay);
            subject = new VfsSubject(vfs, namespace.root(), 0);
        }

        @Override
        public void close() {
            subject.close();
            namespace.release();
        }
    }

    private record Taken(OverlaySnapshot snapshot, String dump) {}

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void snapshotsStay(long seed) throws Exception {
        Random random = new Random(seed);
        MountNamespace lower = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store));
        try (Subject maker = new VfsSubject(vfs, lower.root(), 0)) {
            new RandomSteps(seed + 1_000_000).make(LOWER_STEPS, LOWER_STEPS).forEach(maker::perform);
        }
        MountNamespace upper = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store));
        OverlayOptions.Builder options = OverlayOptions.builder().lower(lower.root());
        options.redirects(Redirects.ON).upper(directory(upper, "/upper"), directory(upper, "/work"));
        trees.add(new Tree(new OverlayFileSystem(vfs, root, options.build())));
        lower.release();
        upper.release();
        for (Step step : new RandomSteps(seed).make(STEPS, STEPS)) {
            trees.get(random.nextInt(trees.size())).subject.perform(step);
            switch (random.nextInt(60)) {
                case 0, 1 -> take(trees.get(random.nextInt(trees.size())));
                case 2 -> cloneOne(random);
                case 3 -> closeOne(random);
                default -> {}
            }
        }
        trees.removeFirst().close();
        for (Taken taken : snapshots) {
            expect(taken, taken.snapshot().open());
            taken.snapshot().close();
        }
        trees.forEach(Tree::close);
        assertThat(store.used()).isZero();
        store.close();
    }

    private VirtualDentry directory(MountNamespace namespace, String path) throws ErrnoException {
        PathOperation at = new PathOperation().root(namespace.root()).start(namespace.root());
        vfs.mkdir(root, at.path(path), 01777);
        return vfs.lookup(root, at.path(path));
    }

    private String dump(MountNamespace namespace) throws ErrnoException {
        DeepDump.of(vfs, namespace.root());
        String dump = DeepDump.of(vfs, namespace.root());
        return dump.substring(0, dump.lastIndexOf("statfs"));
    }

    private void take(Tree tree) throws ErrnoException {
        String dump = dump(tree.namespace);
        snapshots.add(new Taken(tree.overlay.snapshot(), dump));
    }

    private void expect(Taken taken, FileSystem shown) throws ErrnoException {
        MountNamespace namespace = vfs.newMountNamespace(shown);
        assertThat(dump(namespace)).isEqualTo(taken.dump());
        namespace.release();
    }

    private void cloneOne(Random random) throws ErrnoException {
        if (!snapshots.isEmpty() && trees.size() < 4) {
            Taken taken = snapshots.get(random.nextInt(snapshots.size()));
            trees.add(new Tree(taken.snapshot().newClone()));
            assertThat(dump(trees.getLast().namespace)).isEqualTo(taken.dump());
        }
    }

    private void closeOne(Random random) {
        if (!snapshots.isEmpty()) {
            snapshots.remove(random.nextInt(snapshots.size())).snapshot().close();
        }
    }
}
