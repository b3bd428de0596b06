package org.caisson.vfs.overlay;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.NamespaceCalls;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which directories can be layers of one overlay: the kernel's overlayfs on tmpfs and ours on memory say the same. */
class OverlayLayersTest {
    private static final int CLONE_NEWNS = 0x20000;

    @TempDir
    Path directory;

    /** Lower layers are separated by colons; a dash stands for none. */
    @ParameterizedTest
    @CsvSource({
        "a:b, up, work, 0",
        "a, up, work, 0",
        "a:b, -, -, 0",
        "a:a, -, -, -40",
        "a:a/sub, -, -, -40",
        "a/sub:a, -, -, -40",
        "a:b, a, work, -40",
        "a:b, a/sub, work, 0",
        "a:b, up, up/sub, -22",
        "a:b, work/sub, work, -22",
        "a:up/sub, up, work, -40",
        "a:work/sub, up, work, -40",
        "a:up, up, work, -40"
    })
    void layersThatOverlapAreRefused(String lowers, String upper, String work, int outcome) throws Exception {
        FutureTask<Integer> inOwnNamespace = new FutureTask<>(() -> {
            NamespaceCalls.unshare(CLONE_NEWNS);
            MountCalls.mount("none", "/", "", MountFlags.MS_REC | MountFlags.MS_PRIVATE, "");
            MountCalls.mount("none", directory.toString(), "tmpfs", 0, "");
            return kernel(lowers, upper, work);
        });
        Thread.ofPlatform().start(inOwnNamespace);
        assertThat(here(lowers, upper, work)).isEqualTo(inOwnNamespace.get(1, TimeUnit.MINUTES));
        assertThat(here(lowers, upper, work)).isEqualTo(outcome);
    }

    private static final String[] DIRECTORIES = {"a", "a/sub", "b", "up", "up/sub", "work", "work/sub", "merged"};

    private int kernel(String lowers, String upper, String work) throws Exception {
        for (String name : DIRECTORIES) {
            Files.createDirectory(directory.resolve(name));
        }
        StringBuilder data = new StringBuilder("lowerdir=");
        for (String lower : lowers.split(":", -1)) {
            data.append(directory.resolve(lower)).append(':');
        }
        data.setLength(data.length() - 1);
        if (!upper.equals("-")) {
            data.append(",upperdir=").append(directory.resolve(upper));
            data.append(",workdir=").append(directory.resolve(work));
        }
        try {
            MountCalls.mount("overlay", directory.resolve("merged").toString(), "overlay", 0, data.toString());
            MountCalls.umount2(directory.resolve("merged").toString(), 0);
            return 0;
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }

    private static int here(String lowers, String upper, String work) throws Exception {
        try (MappedPageStore store = MappedPageStore.anonymous()) {
            VirtualFileSystem vfs = new VirtualFileSystem();
            CaissonSide memory = new CaissonSide(
                    vfs,
                    vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store))
                            .root());
            for (String name : DIRECTORIES) {
                memory.mkdir(name, 0755);
            }
            OverlayOptions.Builder options = OverlayOptions.builder();
            for (String lower : lowers.split(":", -1)) {
                options.lower(memory.in(lower).top());
            }
            if (!upper.equals("-")) {
                options.upper(memory.in(upper).top(), memory.in(work).top());
            }
            new OverlayFileSystem(vfs, Credentials.root(), options.build());
            return 0;
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }
}
