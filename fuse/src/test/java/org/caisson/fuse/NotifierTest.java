package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.Epoll;
import org.caisson.linux.Errno;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MemFd;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.VirtualDentry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The kernel remembers for ever, changes come through another door, and it learns of them only by notifications. */
@ExtendWith(FdLeakCheck.class)
class NotifierTest {
    private static final int AT_FDCWD = -100;

    private final MemoryFileSystem fileSystem = new MemoryFileSystem();
    private MountedTree tree;

    @BeforeEach
    void mount() throws IOException {
        fileSystem.policy = CachePolicy.ALL;
        tree = MountedTree.of(fileSystem);
    }

    @AfterEach
    void unmount() throws IOException {
        tree.close();
    }

    @Test
    void changedDataIsSeenOnceTold() throws Exception {
        remembered(() -> {
            tree.shell("echo before > file");
            assertThat(tree.shell("cat file")).isEqualTo("before\n");
            writeBehind("file", "after!\n");
            return tree.shell("cat file").equals("before\n");
        });
        tree.server.notifier().invalidateInode(place("file"));
        assertThat(tree.shell("cat file")).isEqualTo("after!\n");
    }

    @Test
    void changedAttributesAreSeenOnceTold() throws Exception {
        remembered(() -> {
            tree.shell("touch file; chmod 600 file");
            chmodBehind("file", 0640);
            return tree.shell("stat -c %a file").equals("600\n");
        });
        tree.server.notifier().invalidateInode(place("file"), -1, 0);
        assertThat(tree.shell("stat -c %a file")).isEqualTo("640\n");
    }

    @Test
    void aNameThatLeadsElsewhereIsSeenOnceTold() throws Exception {
        remembered(() -> {
            tree.shell("rm -f a b; echo one > a; echo two > b; cat a b");
            renameBehind("b", "a");
            return tree.shell("cat a").equals("one\n");
        });
        tree.server.notifier().invalidateEntry(tree.root(), Name.of("a"));
        tree.server.notifier().invalidateEntry(tree.root(), Name.of("b"));
        assertThat(tree.shell("cat a")).isEqualTo("two\n");
        assertThat(Errnos.of(() -> FileCalls.faccessat(AT_FDCWD, tree.at("b"), 0, 0)))
                .isEqualTo(Errno.ENOENT);
    }

    @Test
    void aDeletedFileIsGoneOnceTold() throws Exception {
        List<VirtualDentry> gone = new ArrayList<>();
        remembered(() -> {
            tree.shell("rm -f gone; echo x > gone; cat gone");
            gone.add(place("gone"));
            tree.vfs.unlink(Credentials.root(), operation("gone"));
            return tree.shell("cat gone").equals("x\n");
        });
        tree.server.notifier().delete(tree.root(), gone.getLast(), Name.of("gone"));
        assertThat(Errnos.of(() -> FileCalls.faccessat(AT_FDCWD, tree.at("gone"), 0, 0)))
                .isEqualTo(Errno.ENOENT);
    }

    @Test
    void aMissingNameIsSeenOnceTold() throws Exception {
        fileSystem.policy = CachePolicy.ALL.withMisses(Long.MAX_VALUE);
        remembered(() -> {
            fileSystem.policy = CachePolicy.ALL.withMisses(Long.MAX_VALUE);
            tree.shell("rm -f late; ls late");
            writeBehind("late", "text");
            return tree.shell("cat late").contains("No such file");
        });
        tree.server.notifier().invalidateEntry(tree.root(), Name.of("late"));
        assertThat(tree.shell("cat late")).isEqualTo("text");
    }

    @Test
    void whatTheKernelDoesNotKnowIsPassedOver() throws Exception {
        writeBehind("unseen", "text");
        tree.server.notifier().invalidateInode(place("unseen"));
        tree.server.notifier().delete(tree.root(), place("unseen"), Name.of("unseen"));
        tree.server.notifier().invalidateEntry(tree.root(), Name.of("never-was"));
        assertThat(tree.shell("cat unseen")).isEqualTo("text");
    }

    @Test
    void aPollerWakesWhenTheFileBecomesReadable() throws Exception {
        tree.shell("echo x > polled");
        fileSystem.readiness(0);
        try (OwnedFd fd = FileCalls.open(tree.at("polled"), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC)) {
            assertThat(FileCalls.poll(fd.number(), FileCalls.POLLIN, 0)).isZero();
            CompletableFuture<Integer> polled = CompletableFuture.supplyAsync(() -> poll(fd));
            Deadline.await("somebody polls", this::isPolled);
            fileSystem.readiness(FileCalls.POLLIN);
            tree.server.notifier().wakePollers(place("polled"));
            assertThat(polled.get(10, TimeUnit.SECONDS)).isEqualTo(FileCalls.POLLIN);
        }
    }

    /** Nobody but the file itself tells that it is ready, once and again, whatever thread makes it so. */
    @Test
    void aPollerWakesWhenTheFileTellsThatItIsReady() throws Exception {
        tree.shell("echo x > polled");
        fileSystem.readiness(0);
        try (OwnedFd fd = FileCalls.open(tree.at("polled"), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
                Epoll epoll = Epoll.create(4)) {
            epoll.add(fd.number(), Epoll.EPOLLIN, 7);
            for (int round = 0; round < 3; round++) {
                assertThat(epoll.await(0)).isZero();
                CompletableFuture<Integer> polled = CompletableFuture.supplyAsync(() -> poll(fd));
                Deadline.await("somebody polls", this::isPolled);
                fileSystem.becomeReady(FileCalls.POLLIN);
                assertThat(polled.get(10, TimeUnit.SECONDS)).isEqualTo(FileCalls.POLLIN);
                assertThat(epoll.await(10_000)).isEqualTo(1);
                fileSystem.readiness(0);
            }
        }
        Deadline.await("the released file is not told any more", fileSystem.listeners::isEmpty);
    }

    /** By then the number of the device may be that of another file. */
    @Test
    void aNotificationAfterTheEndGoesNowhere() throws Exception {
        int device = numberOf("/dev/fuse");
        FuseNotifier notifier = tree.server.notifier();
        tree.server.close();
        try (OwnedFd other = MemFd.create("other");
                OwnedFd successor = moved(other, device)) {
            notifier.invalidateInode(tree.root());
            assertThat(FileCalls.lseek(successor.number(), 0, FileCalls.SEEK_END))
                    .isZero();
        }
    }

    private static OwnedFd moved(OwnedFd file, int number) throws IOException {
        if (file.number() != number) {
            FileCalls.dup3(file.number(), number, OpenFlags.O_CLOEXEC);
            file.close();
            return OwnedFd.own(number);
        }
        return OwnedFd.own(file.release());
    }

    private static int numberOf(String file) throws IOException {
        return FdLeakCheck.openDescriptors().entrySet().stream()
                .filter(entry -> entry.getValue().equals(file))
                .mapToInt(java.util.Map.Entry::getKey)
                .max()
                .orElseThrow();
    }

    /** Whether the kernel answers from memory at least once of a few times: others on this machine may empty its caches. */
    private static void remembered(Deadline.Condition attempt) throws Exception {
        Deadline.await("the kernel remembers", attempt);
    }

    private boolean isPolled() {
        var handles = tree.server.tree().handles;
        for (int slot = 0; slot < handles.limit(); slot++) {
            Handle handle = handles.atSlot(slot);
            if (handle != null && handle.isPolled()) {
                return true;
            }
        }
        return false;
    }

    private static int poll(OwnedFd fd) {
        try {
            return FileCalls.poll(fd.number(), FileCalls.POLLIN, 10_000);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private PathOperation operation(String name) {
        return new PathOperation().root(tree.root()).start(tree.root()).path(name);
    }

    private VirtualDentry place(String name) throws IOException {
        return tree.vfs.lookup(Credentials.root(), operation(name));
    }

    private void writeBehind(String name, String text) throws IOException {
        OpenOptions options = new OpenOptions(OpenFlags.O_RDWR | OpenFlags.O_CREAT, 0644);
        try (FileDescription file = tree.vfs.open(Credentials.root(), operation(name), options)) {
            MemorySegment bytes = MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
            assertThat(file.write(bytes, 0)).isEqualTo(bytes.byteSize());
        }
    }

    private void chmodBehind(String name, int mode) throws IOException {
        SetStat change = new SetStat();
        change.mask = SetStat.MODE;
        change.mode = mode;
        tree.vfs.setStat(Credentials.root(), operation(name), change);
    }

    private void renameBehind(String from, String to) throws IOException {
        tree.vfs.rename(Credentials.root(), operation(from), operation(to), 0);
    }
}
