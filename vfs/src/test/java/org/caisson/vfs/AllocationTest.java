package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.vfs.synthetic.SyntheticDirectory;
import org.caisson.vfs.synthetic.SyntheticFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What runs for every request of a door must not allocate. */
@ExtendWith(FdLeakCheck.class)
class AllocationTest {
    private static final int ROUNDS = 10;
    private static final int CALLS = 10_000;

    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final VirtualDentry root =
            vfs.newMountNamespace(SyntheticFileSystem.proc(tree())).root();
    private final PathOperation operation = new PathOperation().root(root).start(root);
    private final Credentials user = Credentials.of(1000, 1000);
    private final Stat stat = new Stat();

    private static SyntheticDirectory tree() {
        SyntheticDirectory.Builder builder = SyntheticDirectory.builder();
        builder.directory("sys")
                .directory("kernel")
                .file("hostname", (credentials, out) -> out.appendAscii("caisson\n"))
                .link("alias", "../kernel/hostname");
        return builder.build();
    }

    @FunctionalInterface
    private interface Step {
        void run() throws ErrnoException;
    }

    /** The least of several rounds: the runtime itself allocates a little when it recompiles. */
    private static long allocatedBy(Step step) throws ErrnoException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                step.run();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    @Test
    void statOfAPathAllocatesNothing() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom("/sys/../sys/kernel/alias");
            int length = (int) path.byteSize() - 1;
            long allocated = allocatedBy(
                    () -> vfs.stat(user, operation.path(path, 0, length).followFinal(true), stat));
            assertThat(allocated).isZero();
            assertThat(stat.mode).isEqualTo(0100444);
        }
    }

    @Test
    void lookupOfANameInADirectoryAllocatesNothing() throws ErrnoException {
        VirtualDentry directory = vfs.lookup(user, operation.path("/sys/kernel"));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom("hostname");
            long allocated = allocatedBy(() -> {
                VirtualDentry found = vfs.lookup(user, operation.child(directory, name, 0, 8));
                vfs.stat(user, operation.itself(found), stat);
            });
            assertThat(allocated).isZero();
        }
    }

    @Test
    void aMissingNameAllocatesNothing() throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom("/sys/kernel/missing");
            int length = (int) path.byteSize() - 1;
            int[] outcome = new int[1];
            long allocated = allocatedBy(() -> outcome[0] = vfs.tryStat(user, operation.path(path, 0, length), stat));
            assertThat(allocated).isZero();
            assertThat(outcome[0]).isEqualTo(-Errno.ENOENT.number());
        }
    }

    @Test
    void readingAnOpenFileAgainAllocatesNothing() throws ErrnoException {
        try (Arena arena = Arena.ofConfined();
                FileDescription file = vfs.open(user, operation.path("/sys/kernel/hostname"), OpenOptions.READ)) {
            MemorySegment buffer = arena.allocate(64);
            long allocated = allocatedBy(() -> file.read(buffer, 0, 64, 0));
            assertThat(allocated).isZero();
            assertThat(buffer.getString(0)).isEqualTo("caisson\n");
        }
    }
}
