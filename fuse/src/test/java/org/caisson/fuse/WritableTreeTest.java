package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.MountCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.VirtualFileSystem;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same random operations on a served tree and on the kernel's tmpfs: results, errno and what is left must agree. */
@ExtendWith(FdLeakCheck.class)
class WritableTreeTest {
    private static final int OPERATIONS = 3_000;
    private static final int BETWEEN_COMPARISONS = 250;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void behavesAsTmpfs(long seed) throws Exception {
        MemoryFileSystem fileSystem = new MemoryFileSystem();
        fileSystem.policy = policy(seed);
        VirtualFileSystem vfs = new VirtualFileSystem();
        var namespace = vfs.newMountNamespace(fileSystem);
        try (Arena arena = Arena.ofConfined();
                FuseServer server =
                        FuseServer.builder(vfs, namespace.root()).name("test").build();
                OwnedFd served = server.mountDetached();
                OwnedFd tmpfs = mountTmpfs()) {
            server.start();
            RandomOperations ours = new RandomOperations(served.number(), new Random(seed), arena);
            RandomOperations theirs = new RandomOperations(tmpfs.number(), new Random(seed), arena);
            List<String> history = new ArrayList<>();
            for (int i = 1; i <= OPERATIONS; i++) {
                String result = ours.next();
                history.add(result);
                assertThat(result).as("operation %s of seed %s", i, seed).isEqualTo(theirs.next());
                if (i % BETWEEN_COMPARISONS == 0) {
                    assertThat(ours.tree())
                            .as("after operation %s of seed %s", i, seed)
                            .isEqualTo(theirs.tree());
                }
            }
            assertThat(history.stream().filter(line -> line.endsWith("ok")).count())
                    .isGreaterThan(OPERATIONS / 10);
        }
    }

    /** With and without what the kernel remembers. */
    private static CachePolicy policy(long seed) {
        return switch ((int) (seed % 3)) {
            case 0 -> CachePolicy.NONE;
            case 1 -> new CachePolicy(0, 0, false, false);
            default -> new CachePolicy(1_000_000_000, 0, false, true);
        };
    }

    private static OwnedFd mountTmpfs() throws ErrnoException {
        try (OwnedFd context = MountCalls.fsopen("tmpfs")) {
            MountCalls.fsconfigString(context.number(), "mode", "0777");
            MountCalls.fsconfigCreate(context.number());
            return MountCalls.fsmount(context.number(), 0);
        }
    }
}
