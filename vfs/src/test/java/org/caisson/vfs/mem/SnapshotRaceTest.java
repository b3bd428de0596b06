package org.caisson.vfs.mem;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Snapshots and clones of a tree that several threads change. More rounds: {@code -Dcaisson.snapshots.rounds=5000}. */
@Timeout(120)
class SnapshotRaceTest {
    private static final int ROUNDS = Integer.getInteger("caisson.snapshots.rounds", 150);
    private static final int SIZE = 6 * PageStore.PAGE_SIZE + 100;

    private final Credentials root = Credentials.root();
    private final MappedPageStore store = MappedPageStore.anonymous();
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final MemFileSystem fileSystem = new MemFileSystem(MemOptions.DEFAULT, store);
    private final MountNamespace namespace = vfs.newMountNamespace(fileSystem);
    private volatile boolean done;

    private static PathOperation at(VirtualDentry top, String path) {
        return new PathOperation().root(top).start(top).path(path);
    }

    private PathOperation at(String path) {
        return at(namespace.root(), path);
    }

    /** What a thread does again and again. */
    private interface Change {
        void make(int round) throws ErrnoException;
    }

    private Callable<Integer> repeat(Change change) {
        return () -> {
            int rounds = 0;
            while (!done) {
                change.make(rounds++);
            }
            return rounds;
        };
    }

    private void write(VirtualDentry top, String path, int value) throws ErrnoException {
        byte[] bytes = new byte[SIZE];
        Arrays.fill(bytes, (byte) value);
        int flags = OpenFlags.O_CREAT | OpenFlags.O_WRONLY;
        try (FileDescription file = vfs.open(root, at(top, path), new OpenOptions(flags, 0644))) {
            file.write(MemorySegment.ofArray(bytes), 0);
        }
    }

    @Test
    void eachOperationIsInASnapshotOrNot() throws Exception {
        vfs.mkdir(root, at("/a"), 0755);
        vfs.mkdir(root, at("/b"), 0755);
        vfs.mkdir(root, at("/a/moving"), 0755);
        write(namespace.root(), "/data", 0);
        List<Callable<Integer>> changes = List.of(
                repeat(round -> write(namespace.root(), "/data", round)),
                repeat(round -> {
                    boolean forth = round % 2 == 0;
                    vfs.rename(root, at(forth ? "/a/moving" : "/b/moving"), at(forth ? "/b/moving" : "/a/moving"), 0);
                }),
                repeat(round -> {
                    write(namespace.root(), "/a/made" + round % 7, 1);
                    vfs.link(root, at("/a/made" + round % 7), at("/b/link" + round % 5));
                    vfs.unlink(root, at("/a/made" + round % 7));
                    vfs.unlink(root, at("/b/link" + round % 5));
                }));
        try (ExecutorService threads = Executors.newFixedThreadPool(changes.size())) {
            List<Future<Integer>> running = new ArrayList<>();
            changes.forEach(change -> running.add(threads.submit(change)));
            try {
                snapshots(running);
            } finally {
                done = true;
            }
            for (Future<Integer> each : running) {
                assertThat(each.get()).isPositive();
            }
        }
        namespace.release();
        assertThat(store.used()).isZero();
        store.close();
    }

    private void snapshots(List<Future<Integer>> running) throws Exception {
        List<Snapshot> kept = new ArrayList<>();
        for (int round = 0; round < ROUNDS && running.stream().noneMatch(Future::isDone); round++) {
            Snapshot snapshot = fileSystem.snapshot();
            kept.add(snapshot);
            MountNamespace shown = vfs.newMountNamespace(snapshot.open());
            int first = check(shown.root());
            MountNamespace clone = vfs.newMountNamespace(snapshot.newClone());
            write(clone.root(), "/data", first + 1);
            vfs.mkdir(root, at(clone.root(), "/a/mine"), 0755);
            assertThat(check(clone.root())).isEqualTo((byte) (first + 1));
            assertThat(check(shown.root())).isEqualTo(first);
            clone.release();
            shown.release();
            if (kept.size() > 5) {
                kept.remove(round * 7 % kept.size()).close();
            }
        }
        kept.forEach(Snapshot::close);
    }

    /** What cannot be if half of an operation is seen. Returns the byte that the data consists of. */
    private int check(VirtualDentry top) throws ErrnoException {
        Map<Long, Integer> names = new HashMap<>();
        int subdirectories = 0;
        int moving = 0;
        for (String directory : List.of("/a", "/b")) {
            Stat stat = stat(top, directory);
            List<String> entries = list(top, directory);
            assertThat(stat.size).isEqualTo((entries.size() + 2) * 20L);
            int below = 0;
            for (String entry : entries) {
                Stat child = stat(top, directory + "/" + entry);
                if (child.isDirectory()) {
                    below++;
                    moving += entry.equals("moving") ? 1 : 0;
                } else {
                    names.merge(child.inode, 1, Integer::sum);
                }
            }
            assertThat(stat.links).isEqualTo(2 + below);
            subdirectories += below;
        }
        assertThat(moving).isEqualTo(1);
        assertThat(subdirectories).isPositive();
        for (String directory : List.of("/a", "/b")) {
            for (String entry : list(top, directory)) {
                Stat child = stat(top, directory + "/" + entry);
                if (!child.isDirectory()) {
                    assertThat(child.links).isEqualTo(names.get(child.inode));
                }
            }
        }
        return data(top);
    }

    private int data(VirtualDentry top) throws ErrnoException {
        MemorySegment read = MemorySegment.ofArray(new byte[SIZE]);
        try (FileDescription file = vfs.open(root, at(top, "/data"), OpenOptions.READ)) {
            assertThat(file.read(read, 0)).isEqualTo(SIZE);
        }
        byte value = read.get(ValueLayout.JAVA_BYTE, 0);
        byte[] expected = new byte[SIZE];
        Arrays.fill(expected, value);
        assertThat(Arrays.equals(read.toArray(ValueLayout.JAVA_BYTE), expected)).isTrue();
        return value;
    }

    private Stat stat(VirtualDentry top, String path) throws ErrnoException {
        Stat stat = new Stat();
        vfs.stat(root, at(top, path), stat);
        return stat;
    }

    private List<String> list(VirtualDentry top, String path) throws ErrnoException {
        List<String> names = new ArrayList<>();
        OpenOptions options = new OpenOptions(OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
        try (FileDescription directory = vfs.open(root, at(top, path), options)) {
            directory.readDirectory(0, (name, inode, type, next) -> names.add(name.toString()));
        }
        return names.subList(2, names.size());
    }
}
