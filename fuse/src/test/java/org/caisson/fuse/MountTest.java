package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.XattrCalls;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Name;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a mount shows of its server's settings, and what is left of it. */
@ExtendWith(FdLeakCheck.class)
class MountTest {
    @Test
    void idsAreShifted() throws Exception {
        try (MountedTree tree = MountedTree.of(new MemoryFileSystem(), server -> server.idShift(100_000, 1000))) {
            tree.shell("setpriv --reuid=100005 --regid=100006 --clear-groups touch mine; touch outside");
            assertThat(tree.shell("stat -c '%u %g' mine outside")).isEqualTo("100005 100006\n65534 65534\n");
            tree.shell("chown 100999:100000 mine");
            assertThat(tree.shell("stat -c '%u %g' mine .")).isEqualTo("100999 100000\n100000 100000\n");
            assertThat(tree.shell("chown 5 mine")).contains("Invalid argument");
        }
    }

    @Test
    void theMountTellsWhoServesIt() throws Exception {
        try (MountedTree tree = MountedTree.of(new MemoryFileSystem(), server -> server.name("some-name"))) {
            assertThat(tree.shell("grep \" $PWD \" /proc/mounts"))
                    .startsWith("some-name ")
                    .contains(" fuse.caisson ", "nosuid", "nodev", "default_permissions", "allow_other");
            assertThat(tree.shell("stat -f -c '%S %b %f %a %c %d %l' .")).isEqualTo("4096 1000 500 400 300 200 255\n");
        }
    }

    @Test
    void locksConflictBetweenProcesses() throws Exception {
        try (MountedTree tree = MountedTree.of(new MemoryFileSystem())) {
            assertThat(tree.shell(
                            "touch f; flock -n f sh -c 'flock -n f echo taken || echo busy'; flock -n f echo free"))
                    .isEqualTo("busy\nfree\n");
        }
    }

    @Test
    void allNamesOfAFileAreOneFile() throws Exception {
        MemoryFileSystem fileSystem = new MemoryFileSystem();
        fileSystem.policy = CachePolicy.ALL;
        try (MountedTree tree = MountedTree.of(fileSystem)) {
            tree.shell("echo one > a; ln a b");
            assertThat(tree.shell("cat b; echo two > a; cat b; stat -c %h b")).isEqualTo("one\ntwo\n2\n");
            assertThat(tree.shell("flock -n a sh -c 'flock -n b echo taken || echo busy'"))
                    .isEqualTo("busy\n");
            assertThat(tree.shell("rm a; cat b; stat -c %h b; mv b c; cat c")).isEqualTo("two\n1\ntwo\n");
            assertThat(tree.server.tree().nodes.size()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void onlySoManyFilesAreOpen() throws Exception {
        try (MountedTree tree = MountedTree.of(new MemoryFileSystem(), server -> server.openFiles(3))) {
            String opened = tree.shell("touch a; exec 3<a 4<a 5<a; cat a");
            assertThat(opened).contains("Too many open files in system");
            Deadline.await("all are released", () -> tree.server.tree().handles.size() == 0);
            assertThat(tree.shell("cat a && mkdir b && ls b && echo good")).isEqualTo("good\n");
        }
    }

    @Test
    void aLongAttributePassesThroughSmallRequests() throws Exception {
        MemoryFileSystem fileSystem = new MemoryFileSystem();
        try (MountedTree tree = MountedTree.of(fileSystem, server -> server.maxData(4096))) {
            tree.shell("echo x > f");
            MemorySegment value = MemorySegment.ofArray(new byte[10_000]);
            tree.vfs.setXattr(
                    Credentials.root(),
                    new PathOperation().root(tree.root()).start(tree.root()).path("f"),
                    Name.of("user.long"),
                    value,
                    0);
            assertThat(XattrCalls.lgetxattr(tree.at("f"), "user.long")).hasSize(10_000);
            assertThat(tree.shell("head -c 300000 /dev/zero > g; wc -c < g")).isEqualTo("300000\n");
        }
    }

    /** The shell that would unmount if this process died. */
    @Test
    void closingLeavesNoChild() throws Exception {
        List<Long> before =
                ProcessHandle.current().children().map(ProcessHandle::pid).toList();
        try (MountedTree tree = MountedTree.of(new MemoryFileSystem())) {
            assertThat(ProcessHandle.current().children().map(ProcessHandle::pid))
                    .as("children while %s is mounted", tree.path)
                    .hasSizeGreaterThan(before.size());
        }
        assertThat(ProcessHandle.current().children().map(ProcessHandle::pid)).isSubsetOf(before);
    }

    @Test
    void closingLeavesNothing() throws Exception {
        Path path;
        try (MountedTree tree = MountedTree.of(new MemoryFileSystem())) {
            path = tree.path;
            tree.shell("touch f");
        }
        assertThat(path).doesNotExist();
        assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(path.toString());
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("fuse-test"));
    }

    @Test
    void closingEndsAMountThatSomebodyUses() throws Exception {
        OwnedFd file;
        try (MountedTree tree = MountedTree.of(new MemoryFileSystem())) {
            tree.shell("echo x > f");
            file = FileCalls.open(tree.at("f"), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
        }
        try (file) {
            assertThat(Errnos.of(() -> FileCalls.readAll(file.number()))).isIn(Errno.ENOTCONN, Errno.ECONNABORTED);
        }
    }

    /** Who closes may then take away what the tree stands on. */
    @Test
    void closingWaitsUntilFilesAreReleased() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        AtomicBoolean early = new AtomicBoolean();
        AtomicInteger released = new AtomicInteger();
        MemoryFileSystem fileSystem = new MemoryFileSystem() {
            @Override
            void onRelease() {
                released.incrementAndGet();
                long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(300);
                while (System.nanoTime() < end && closed.getCount() > 0) {
                    Thread.onSpinWait();
                }
                early.set(closed.getCount() == 0);
            }
        };
        OwnedFd file;
        try (MountedTree tree = MountedTree.of(fileSystem)) {
            file = FileCalls.openat(
                    -100, tree.at("f"), OpenFlags.O_CREAT | OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC, 0600);
        }
        boolean deviceOpen = FdLeakCheck.openDescriptors().containsValue("/dev/fuse");
        closed.countDown();
        file.close();
        assertThat(released.get()).isEqualTo(1);
        assertThat(early).as("closed while a file was not released").isFalse();
        assertThat(deviceOpen).isFalse();
    }

    /** The number of a connection is given again as soon as its mount is gone. */
    @Test
    void closingEndsNoOthersMount() throws Exception {
        VirtualFileSystem vfs = new VirtualFileSystem();
        FuseServer first = FuseServer.builder(
                        vfs, vfs.newMountNamespace(new MemoryFileSystem()).root())
                .build();
        first.mountDetached().close();
        first.start();
        try (MountedTree second = MountedTree.of(new MemoryFileSystem())) {
            first.close();
            assertThat(second.shell("echo x > f; cat f")).isEqualTo("x\n");
        }
    }

    @Test
    void errorsThatFuseCannotTellArriveAsOthers() throws Exception {
        MemoryFileSystem fileSystem = new MemoryFileSystem() {
            @Override
            void beforeRead() throws ErrnoException {
                throw Errno.ENOTSUPP.exception();
            }
        };
        fileSystem.policy = new CachePolicy(0, 0, true, false);
        CompletableFuture<Errno> told;
        try (MountedTree tree = MountedTree.of(fileSystem)) {
            tree.shell("echo x > f");
            told = CompletableFuture.supplyAsync(() -> Errnos.of(() -> {
                try (OwnedFd file = FileCalls.open(tree.at("f"), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC)) {
                    FileCalls.readAll(file.number());
                }
            }));
            assertThat(told.get(10, TimeUnit.SECONDS)).isEqualTo(Errno.EOPNOTSUPP);
        }
    }

    @Test
    void aServerThatNeverStartedCanBeClosed() throws IOException {
        VirtualFileSystem vfs = new VirtualFileSystem();
        FuseServer server = FuseServer.builder(
                        vfs, vfs.newMountNamespace(new MemoryFileSystem()).root())
                .build();
        server.mountDetached().close();
        server.close();
        server.close();
        assertThatThrownBy(server::start).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aMountPointThatIsMissingIsAnError() throws Exception {
        VirtualFileSystem vfs = new VirtualFileSystem();
        try (FuseServer server = FuseServer.builder(
                        vfs, vfs.newMountNamespace(new MemoryFileSystem()).root())
                .build()) {
            assertThat(Errnos.of(() -> server.mountAt("/nowhere/at/all"))).isEqualTo(Errno.ENOENT);
        }
    }
}
