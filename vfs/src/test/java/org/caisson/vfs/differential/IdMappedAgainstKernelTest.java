package org.caisson.vfs.differential;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.NamespaceCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.DetachedTree;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.HeldUserNamespace;
import org.caisson.vfs.IdMapping;
import org.caisson.vfs.LinkProtection;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random sequences through id-mapped mounts, of the memory file system and of the kernel's tmpfs, and who may map what. */
@ExtendWith(FdLeakCheck.class)
class IdMappedAgainstKernelTest {
    private static final int STEPS = Integer.getInteger("caisson.differential.steps", 1000);
    private static final int UMASK = 022;
    private static final int CLONE_NEWNS = 0x20000;

    /** Of who acts, the last user and the first one's group are not mapped. */
    private static final String USERS = "5 0 1\n1000 1000 1\n70 50 1";

    private static final String GROUPS = "7 0 1\n60 50 1\n1000 1001 1";
    private static final IdMapping MAPPING = new IdMapping(
            List.of(new IdMapping.Range(5, 0, 1), new IdMapping.Range(1000, 1000, 1), new IdMapping.Range(70, 50, 1)),
            List.of(new IdMapping.Range(7, 0, 1), new IdMapping.Range(60, 50, 1), new IdMapping.Range(1000, 1001, 1)));

    private static final String FOREIGN = "dd";
    private static final int NOBODYS = 12345;

    private HeldUserNamespace userNamespace;

    @BeforeEach
    void makeUserNamespace() throws Exception {
        userNamespace = new HeldUserNamespace(USERS, GROUPS);
    }

    @AfterEach
    void endUserNamespace() throws Exception {
        userNamespace.close();
    }

    /** With files whose owners are not mapped. */
    private void mountByKernel(String directory) throws ErrnoException {
        MountCalls.mount("none", directory, "tmpfs", 0, "mode=1777,uid=5,gid=7,size=256k,nr_inodes=60");
        for (String name : List.of("a", "b")) {
            String file = directory + "/" + name;
            FileCalls.mknodat(AtFlags.AT_FDCWD, file, 0100644, 0);
            FileCalls.fchownat(AtFlags.AT_FDCWD, file, NOBODYS, 7, 0);
        }
        FileCalls.mkdirat(AtFlags.AT_FDCWD, directory + "/" + FOREIGN, 0755);
        FileCalls.fchownat(AtFlags.AT_FDCWD, directory + "/" + FOREIGN, 5, NOBODYS, 0);
        userNamespace.show(directory, directory);
    }

    private static VfsSubject mountOurs(LinkProtection protection) throws ErrnoException {
        Credentials root = Credentials.root();
        VirtualFileSystem vfs = new VirtualFileSystem();
        vfs.protection(protection);
        MappedPageStore store = MappedPageStore.anonymous();
        MemOptions options = MemOptions.DEFAULT
                .withSize(256 * 1024)
                .withInodes(60)
                .withMode(01777)
                .withOwner(5, 7);
        VirtualDentry top =
                vfs.newMountNamespace(new MemFileSystem(options, store)).root();
        fill(vfs, top);
        PathOperation at = new PathOperation().root(top).start(top);
        DetachedTree tree = vfs.mounts().openTree(root, at.path("/"), 0);
        vfs.mounts().setAttributes(root, at.itself(tree.root()), 0, MountFlags.MOUNT_ATTR_IDMAP, 0, 0, MAPPING);
        return new VfsSubject(vfs, tree.root(), UMASK, () -> {
            tree.close();
            store.close();
        });
    }

    private static void fill(VirtualFileSystem vfs, VirtualDentry top) throws ErrnoException {
        Credentials root = Credentials.root();
        PathOperation at = new PathOperation().root(top).start(top);
        SetStat owner = new SetStat();
        owner.mask = SetStat.UID | SetStat.GID;
        for (String name : List.of("a", "b")) {
            vfs.mknod(root, at.path(name), 0100644, 0);
            owner.uid = NOBODYS;
            owner.gid = 7;
            vfs.setStat(root, at.path(name), owner);
        }
        vfs.mkdir(root, at.path(FOREIGN), 0755);
        owner.uid = 5;
        owner.gid = NOBODYS;
        vfs.setStat(root, at.path(FOREIGN), owner);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void everyCallEndsAsOnTmpfs(long seed) throws Exception {
        LinkProtection protection = KernelSubject.protection();
        Differential differential = new Differential(UMASK, this::mountByKernel, () -> mountOurs(protection));
        differential.compare(seed, new RandomSteps(seed).make(STEPS, 20));
    }

    @FunctionalInterface
    private interface Work {
        void run() throws ErrnoException;
    }

    private static String outcome(Work work) {
        try {
            work.run();
            return "fine";
        } catch (ErrnoException e) {
            return e.errno().name();
        }
    }

    /** What is mapped when: attached, detached, twice, cleared, by nothing, open for writing; and what is shown of it. */
    private interface Side {
        void map(boolean attached, long set, long clear, boolean given) throws ErrnoException;

        void detach() throws ErrnoException;

        AutoCloseable write() throws ErrnoException;

        void attach() throws ErrnoException;

        String mountinfo() throws ErrnoException;

        void drop() throws ErrnoException;
    }

    private static List<String> play(Side side) throws Exception {
        long idmap = MountFlags.MOUNT_ATTR_IDMAP;
        List<String> lines = new ArrayList<>();
        lines.add("attached " + outcome(() -> side.map(true, idmap, 0, true)));
        side.detach();
        lines.add("by nothing " + outcome(() -> side.map(false, idmap, 0, false)));
        lines.add("cleared " + outcome(() -> side.map(false, 0, idmap, true)));
        lines.add("both " + outcome(() -> side.map(false, idmap, idmap, true)));
        try (AutoCloseable _ = side.write()) {
            lines.add("written " + outcome(() -> side.map(false, idmap, 0, true)));
        }
        lines.add("detached " + outcome(() -> side.map(false, idmap | MountFlags.MOUNT_ATTR_NOEXEC, 0, true)));
        lines.add("twice " + outcome(() -> side.map(false, idmap, 0, true)));
        side.attach();
        lines.add("twice, attached " + outcome(() -> side.map(true, idmap, 0, true)));
        lines.add(side.mountinfo());
        side.drop();
        return lines;
    }

    private static String shown(String mountinfo) {
        String last = mountinfo.lines().reduce((first, second) -> second).orElse("");
        return last.split(" ", -1)[5];
    }

    @Test
    void onlyWhatWasNeverSeenIsMappedAndOnce() throws Exception {
        Path directory = Files.createTempDirectory("caisson-idmap");
        try {
            FutureTask<List<String>> kernel = new FutureTask<>(() -> play(new Kernel(directory.toString())));
            new Thread(kernel).start();
            List<String> theirs = kernel.get(1, TimeUnit.MINUTES);
            try (MappedPageStore store = MappedPageStore.anonymous()) {
                assertThat(play(new Ours(store))).containsExactlyElementsOf(theirs);
            }
        } finally {
            Files.delete(directory);
        }
    }

    private final class Kernel implements Side {
        private final String directory;
        private @Nullable OwnedFd detached;

        private OwnedFd tree() {
            return Objects.requireNonNull(detached);
        }

        Kernel(String directory) throws ErrnoException {
            this.directory = directory;
            NamespaceCalls.unshare(CLONE_NEWNS);
            MountCalls.mount("none", "/", "", MountFlags.MS_REC | MountFlags.MS_PRIVATE, "");
            MountCalls.mount("none", directory, "tmpfs", 0, "");
            FileCalls.mknodat(AtFlags.AT_FDCWD, directory + "/f", 0100644, 0);
        }

        @Override
        public void map(boolean attached, long set, long clear, boolean given) throws ErrnoException {
            int namespace = given ? userNamespace.number() : -1 >>> 1;
            if (attached) {
                MountCalls.mountSetattr(AtFlags.AT_FDCWD, directory, 0, set, clear, 0, namespace);
            } else {
                MountCalls.mountSetattr(tree().number(), "", AtFlags.AT_EMPTY_PATH, set, clear, 0, namespace);
            }
        }

        @Override
        public void detach() throws ErrnoException {
            detached = MountCalls.openTree(AtFlags.AT_FDCWD, directory, MountFlags.OPEN_TREE_CLONE);
        }

        @Override
        public AutoCloseable write() throws ErrnoException {
            return FileCalls.openat(tree().number(), "f", OpenFlags.O_WRONLY, 0);
        }

        @Override
        public void attach() throws ErrnoException {
            MountCalls.attach(tree().number(), directory);
        }

        @Override
        public String mountinfo() throws ErrnoException {
            return shown(new String(FileCalls.readFile("/proc/thread-self/mountinfo"), UTF_8));
        }

        @Override
        public void drop() {
            tree().close();
        }
    }

    private static final class Ours implements Side {
        private final VirtualFileSystem vfs = new VirtualFileSystem();
        private final Credentials root = Credentials.root();
        private final MountNamespace namespace;
        private final PathOperation at;
        private @Nullable DetachedTree detached;

        private DetachedTree tree() {
            return Objects.requireNonNull(detached);
        }

        Ours(MappedPageStore store) throws ErrnoException {
            namespace = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store));
            at = new PathOperation().root(namespace.root()).start(namespace.root());
            vfs.mkdir(root, at.path("m"), 0755);
            vfs.mount(root, at.path("m"), new MemFileSystem(MemOptions.DEFAULT, store), 0);
            vfs.mknod(root, at.path("m/f"), 0100644, 0);
        }

        private PathOperation path(String text) {
            return at.start(namespace.root()).path(text);
        }

        @Override
        public void map(boolean attached, long set, long clear, boolean given) throws ErrnoException {
            PathOperation target = attached ? path("m") : at.itself(tree().root());
            vfs.mounts().setAttributes(root, target, 0, set, clear, 0, given ? MAPPING : null);
        }

        @Override
        public void detach() throws ErrnoException {
            detached = vfs.mounts().openTree(root, path("m"), 0);
        }

        @Override
        public AutoCloseable write() throws ErrnoException {
            FileDescription open =
                    vfs.open(root, at.start(tree().root()).path("f"), new OpenOptions(OpenFlags.O_WRONLY, 0));
            return open;
        }

        @Override
        public void attach() throws ErrnoException {
            PathOperation from = new PathOperation().root(namespace.root()).itself(tree().root());
            vfs.mounts().moveMount(root, from, path("m"), 0);
        }

        @Override
        public String mountinfo() {
            return shown(new String(vfs.mounts().mountinfo(namespace, namespace.root()), UTF_8));
        }

        @Override
        public void drop() {
            tree().close();
        }
    }
}
