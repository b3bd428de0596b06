package org.caisson.vfs.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.differential.Step.Call;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.mem.Snapshot;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random sequences on a memory file system, with snapshots at random moments and clones of these, of which snapshots are taken as well. Each
 * tree goes on as one does that was made by the same steps and never shared anything; what a snapshot shows at the end is what a walk found
 * when it was taken. More of them, and longer: {@code -Dcaisson.snapshots.seeds=100 -Dcaisson.snapshots.steps=5000}.
 */
class SnapshotSequencesTest {
    private static final int STEPS = Integer.getInteger("caisson.snapshots.steps", 1500);
    private static final int SEEDS = Integer.getInteger("caisson.snapshots.seeds", 8);
    private static final long FIRST = Long.getLong("caisson.snapshots.first", 1);
    private static final MemOptions LIMITS =
            MemOptions.DEFAULT.withSize(64 * 4096L).withInodes(80);

    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final MappedPageStore store = MappedPageStore.anonymous();
    private final MappedPageStore modelStore = MappedPageStore.anonymous();
    private final List<Tree> trees = new ArrayList<>();
    private final List<Taken> snapshots = new ArrayList<>();

    static List<Long> seeds() {
        return LongStream.range(FIRST, FIRST + SEEDS).boxed().toList();
    }

    /** A tree that shares pages and a model of it that does not. */
    private final class Tree implements AutoCloseable {
        final MemFileSystem fileSystem;
        final MountNamespace namespace;
        private final MountNamespace modelNamespace;
        private final Subject subject;
        private final Subject model;
        private final List<Step> history;

        Tree(MemFileSystem fileSystem, List<Step> history) {
            this.fileSystem = fileSystem;
            this.history = new ArrayList<>(history);
            for (int slot = 0; slot < Subject.SLOTS; slot++) {
                this.history.add(Step.of(Call.CLOSE).slot(slot)); // what was open is so in the original only
            }
            namespace = vfs.newMountNamespace(fileSystem);
            subject = new VfsSubject(vfs, namespace.root(), 0);
            modelNamespace = vfs.newMountNamespace(new MemFileSystem(LIMITS, modelStore));
            try (Subject replay = new VfsSubject(vfs, modelNamespace.root(), 0)) {
                history.forEach(replay::perform);
            }
            model = new VfsSubject(vfs, modelNamespace.root(), 0);
        }

        void perform(Step step) {
            history.add(step);
            assertThat(subject.perform(step)).as("%s", step).isEqualTo(model.perform(step));
        }

        String dump() throws ErrnoException {
            // Links are read for the first time now, so that this look changes their times on both sides.
            perform(Step.of(Call.DUMP));
            return DeepDump.of(vfs, namespace.root());
        }

        @Override
        public void close() {
            subject.close();
            model.close();
            namespace.release();
            modelNamespace.release();
        }
    }

    /** A snapshot, what a walk found when it was taken, and the steps up to it. */
    private record Taken(Snapshot snapshot, String dump, List<Step> history) {}

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void snapshotsStayAndClonesGoTheirOwnWay(long seed) throws Exception {
        Random random = new Random(seed);
        trees.add(new Tree(new MemFileSystem(LIMITS, store), List.of()));
        for (Step step : new RandomSteps(seed).make(STEPS, 50)) {
            trees.get(random.nextInt(trees.size())).perform(step);
            switch (random.nextInt(100)) {
                case 0, 1 -> take(trees.get(random.nextInt(trees.size())));
                case 2 -> show(random);
                case 3 -> cloneOne(random);
                case 4 -> closeOne(random);
                case 5 -> {
                    if (trees.size() > 1) {
                        closeTree(random);
                    }
                }
                default -> {}
            }
        }
        while (!trees.isEmpty() || !snapshots.isEmpty()) {
            showAll();
            if (random.nextBoolean()) {
                closeOne(random);
            } else {
                closeTree(random);
            }
        }
        assertThat(store.used()).isZero();
        assertThat(modelStore.used()).isZero();
        store.close();
        modelStore.close();
    }

    private void take(Tree tree) throws ErrnoException {
        String dump = tree.dump();
        snapshots.add(new Taken(tree.fileSystem.snapshot(), dump, List.copyOf(tree.history)));
    }

    private @Nullable Taken any(Random random) {
        return snapshots.isEmpty() ? null : snapshots.get(random.nextInt(snapshots.size()));
    }

    private void show(Random random) throws ErrnoException {
        Taken taken = any(random);
        if (taken != null) {
            show(taken);
        }
    }

    private void showAll() throws ErrnoException {
        for (Taken taken : snapshots) {
            show(taken);
        }
    }

    private void show(Taken taken) throws ErrnoException {
        MountNamespace shown = vfs.newMountNamespace(taken.snapshot().open());
        assertThat(withoutStatfs(DeepDump.of(vfs, shown.root()))).isEqualTo(withoutStatfs(taken.dump()));
        shown.release();
    }

    /** Files without a name count there, but are in no snapshot: the models of clones show that the numbers are right. */
    private static String withoutStatfs(String dump) {
        return dump.substring(0, dump.lastIndexOf("statfs"));
    }

    private void cloneOne(Random random) {
        Taken taken = any(random);
        if (taken != null && trees.size() < 6) {
            trees.add(new Tree(taken.snapshot().newClone(), taken.history()));
        }
    }

    private void closeOne(Random random) {
        if (!snapshots.isEmpty()) {
            snapshots.remove(random.nextInt(snapshots.size())).snapshot().close();
        }
    }

    private void closeTree(Random random) {
        if (!trees.isEmpty()) {
            trees.remove(random.nextInt(trees.size())).close();
        }
    }
}
