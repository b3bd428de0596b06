package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What renames and links need, in the kernel's tmpfs and in a tree of ours: the same errno, one after the other. */
@ExtendWith(FdLeakCheck.class)
class RenameRulesTest {
    private static final int USER = 1000;
    private static final int DIRECTORY = StatMode.S_IFDIR | 0755;
    private static final int EXCHANGE = FileCalls.RENAME_EXCHANGE;

    private final MovableTree tree = new MovableTree();
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final VirtualDentry root = vfs.newMountNamespace(tree).root();

    /** {@code mine} and {@code yours} belong to the user, {@code roots} to root; each "fixed" is a directory of root's. */
    private void growOurs() {
        TreeDentry mine = tree.add(tree.root(), "mine", DIRECTORY, USER);
        TreeDentry yours = tree.add(tree.root(), "yours", DIRECTORY, USER);
        TreeDentry roots = tree.add(tree.root(), "roots", DIRECTORY, 0);
        tree.add(mine, "fixed", DIRECTORY, 0);
        tree.add(mine, "free", DIRECTORY, USER);
        tree.add(yours, "fixed", DIRECTORY, 0);
        tree.add(yours, "file", StatMode.S_IFREG | 0644, 0);
        TreeDentry one = tree.add(roots, "one", StatMode.S_IFREG | 0644, 0);
        tree.addName(roots, "two", one.inode());
    }

    private static void growTheirs(String top) throws ErrnoException {
        for (String name : List.of("mine", "yours", "roots", "mine/fixed", "mine/free", "yours/fixed")) {
            FileCalls.mkdirat(-100, top + "/" + name, 0755);
        }
        for (String name : List.of("mine", "yours", "mine/free")) {
            FileCalls.fchownat(-100, top + "/" + name, USER, 0, 0);
        }
        for (String name : List.of("yours/file", "roots/one")) {
            FileCalls.openat(-100, top + "/" + name, OpenFlags.O_CREAT | OpenFlags.O_WRONLY, 0644)
                    .close();
        }
        FileCalls.linkat(-100, top + "/roots/one", -100, top + "/roots/two", 0);
    }

    private PathOperation at(String path) {
        return new PathOperation().root(root).start(root).path(path);
    }

    private static int outcome(Call call) {
        try {
            call.run();
            return 0;
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }

    @FunctionalInterface
    private interface Call {
        void run() throws ErrnoException;
    }

    private List<String> compare(Path directory) throws Exception {
        List<String> results = new ArrayList<>();
        KernelTree.enterOwnMounts();
        KernelTree.mountTmpfs(directory);
        growTheirs(directory.toString());
        growOurs();
        Credentials user = Credentials.of(USER, USER);
        try (KernelTree kernel = new KernelTree()) {
            kernel.enterRoot(directory);
            String[][] links = {{"/mine/free", "/mine/link"}, {"/yours/file", "/mine/fixed"}};
            for (String[] link : links) {
                int theirs = kernel.link(-100, link[0], link[1], false);
                int ours = outcome(() -> vfs.link(Credentials.root(), at(link[0]), at(link[1])));
                results.add("link " + String.join(" ", link) + ": " + ours + " as " + theirs);
            }
            int types = kernel.mknod(-100, "/mine/odd", 0150000);
            int ourTypes = outcome(() -> vfs.mknod(Credentials.root(), at("/mine/odd"), 0150000, 0));
            results.add("mknod: " + ourTypes + " as " + types);
            KernelTree.actAs(USER, USER);
            String[][] renames = {
                {"/roots/one", "/roots/two", "0"},
                {"/roots/one", "/roots/two", "" + EXCHANGE},
                {"/roots/one", "/roots/three", "0"},
                {"/mine/fixed", "/yours/moved", "0"},
                {"/mine/fixed", "/mine/moved", "0"},
                {"/mine/moved", "/mine/fixed", "0"},
                {"/mine/free", "/yours/fixed", "" + EXCHANGE},
                {"/mine/fixed", "/mine/free", "" + EXCHANGE},
                {"/mine/fixed", "/mine/free", "" + EXCHANGE},
                {"/mine/free", "/yours/file", "" + EXCHANGE},
                {"/yours/free", "/mine/free", "0"},
                {"/mine/free", "/yours/file", "0"},
                {"/yours/file", "/mine/free", "0"},
                {"/mine/free", "/yours/free", "0"}
            };
            for (String[] rename : renames) {
                int flags = Integer.parseInt(rename[2]);
                int theirs = kernel.rename(-100, rename[0], rename[1], flags);
                int ours = outcome(() -> vfs.rename(user, at(rename[0]), at(rename[1]), flags));
                results.add("rename " + String.join(" ", rename) + ": " + ours + " as " + theirs);
            }
        }
        return results;
    }

    @Test
    void endAsInTheKernel() throws Exception {
        Path directory = KernelTree.temporaryDirectory();
        KernelTree.loadClasses();
        FutureTask<List<String>> comparison = new FutureTask<>(() -> compare(directory));
        try {
            new Thread(comparison).start();
            assertThat(comparison.get(1, TimeUnit.MINUTES))
                    .allSatisfy(line -> assertThat(line).matches(".*: (-?\\d+) as \\1"))
                    .anySatisfy(line -> assertThat(line).endsWith(": -13 as -13"))
                    .anySatisfy(line -> assertThat(line).endsWith(": 0 as 0"));
        } finally {
            Files.delete(directory);
        }
    }

    /** As the kernel's mnt_want_write, which comes before the file is asked. */
    @Test
    void attributesOfAReadOnlyMountCannotBeChanged() throws ErrnoException {
        vfs.remount(Credentials.root(), at("/"), MountFlags.MS_RDONLY);
        MemorySegment value = MemorySegment.ofArray(new byte[1]);
        Name name = Name.of("user.name");
        assertThat(outcome(() -> vfs.setXattr(Credentials.root(), at("/"), name, value, 0)))
                .isEqualTo(-30);
        assertThat(outcome(() -> vfs.removeXattr(Credentials.root(), at("/"), name)))
                .isEqualTo(-30);
    }
}
