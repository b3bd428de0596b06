package org.caisson.vfs;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.host.HostCaching;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.overlay.OverlayFileSystem;
import org.caisson.vfs.overlay.OverlayOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Of two who want one entry, one to remove it and the other to give it another name, one succeeds and the other finds nothing. */
@ExtendWith(FdLeakCheck.class)
class RemovalRaceTest {
    private static final int ROUNDS = Integer.getInteger("caisson.removal.rounds", 4000);

    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final Credentials admin = Credentials.root();

    @TempDir
    private Path temporary;

    @Test
    void inMemory() throws Exception {
        try (MappedPageStore store = MappedPageStore.anonymous()) {
            contend(new MemFileSystem(MemOptions.DEFAULT, store), ROUNDS);
        }
    }

    @Test
    void inAnOverlay() throws Exception {
        try (MappedPageStore store = MappedPageStore.anonymous()) {
            VirtualDentry layers = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store))
                    .root();
            OverlayOptions.Builder options = OverlayOptions.builder();
            options.lower(directory(layers, "lower"));
            options.upper(directory(layers, "upper"), directory(layers, "work"));
            contend(new OverlayFileSystem(vfs, admin, options.build()), ROUNDS / 4);
        }
    }

    @Test
    void onTheHost() throws Exception {
        HostOptions options = HostOptions.DEFAULT.withCaching(HostCaching.EXCLUSIVE);
        try (HostFileSystem host = HostFileSystem.open(temporary.toString(), options)) {
            contend(host, ROUNDS / 4);
        }
    }

    private VirtualDentry directory(VirtualDentry above, String name) throws ErrnoException {
        vfs.mkdir(admin, at(above, name), 0755);
        return vfs.lookup(admin, at(above, name));
    }

    private static PathOperation at(VirtualDentry root, String path) {
        return new PathOperation().root(root).start(root).path(path);
    }

    private void contend(FileSystem fileSystem, int rounds) throws Exception {
        VirtualDentry root = vfs.newMountNamespace(fileSystem).root();
        contend(
                root,
                rounds,
                () -> vfs.mknod(admin, at(root, "x"), StatMode.S_IFREG | 0644, 0),
                () -> vfs.unlink(admin, at(root, "x")),
                () -> vfs.unlink(admin, at(root, "y")));
        contend(
                root,
                rounds,
                () -> vfs.mkdir(admin, at(root, "x"), 0755),
                () -> vfs.rmdir(admin, at(root, "x")),
                () -> vfs.rmdir(admin, at(root, "y")));
    }

    private void contend(VirtualDentry root, int rounds, Race.Act make, Race.Act remove, Race.Act clear)
            throws Exception {
        CyclicBarrier barrier = new CyclicBarrier(2);
        try (ExecutorService other = Executors.newSingleThreadExecutor()) {
            for (int i = 0; i < rounds; i++) {
                make.run();
                Future<Integer> removal = other.submit(() -> {
                    barrier.await(10, TimeUnit.SECONDS);
                    return outcome(remove);
                });
                barrier.await(10, TimeUnit.SECONDS);
                int renamed = outcome(() -> vfs.rename(admin, at(root, "x"), at(root, "y"), 0));
                int removed = requireNonNull(removal.get(10, TimeUnit.SECONDS));
                assertThat(List.of(renamed, removed)).containsExactlyInAnyOrder(0, Errno.ENOENT.number());
                assertThat(outcome(clear)).isEqualTo(renamed);
                assertThat(entries(root)).isZero();
            }
        }
    }

    /** 0 or the errno. */
    private static int outcome(Race.Act act) throws Exception {
        try {
            act.run();
            return 0;
        } catch (ErrnoException e) {
            return e.errno().number();
        }
    }

    private int entries(VirtualDentry root) throws ErrnoException {
        AtomicInteger count = new AtomicInteger();
        OpenOptions options = new OpenOptions(OpenFlags.O_DIRECTORY, 0);
        try (FileDescription opened = vfs.open(admin, at(root, "/"), options)) {
            opened.readDirectory(0, (name, inode, type, cookie) -> {
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT)) {
                    count.incrementAndGet();
                }
                return true;
            });
        }
        return count.get();
    }
}
