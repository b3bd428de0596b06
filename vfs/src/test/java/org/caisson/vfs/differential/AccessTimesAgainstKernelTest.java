package org.caisson.vfs.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which reads change which access times, under each flag of a mount, on the memory file system and on the kernel's tmpfs. */
class AccessTimesAgainstKernelTest {
    /** Access and modification times, in seconds: long ago. */
    private static final long OLD = 100;

    private static final int NONE = 0;

    @ParameterizedTest
    @ValueSource(
            ints = {
                NONE,
                MountFlags.MS_RELATIME,
                MountFlags.MS_NOATIME,
                MountFlags.MS_STRICTATIME,
                MountFlags.MS_NODIRATIME,
                MountFlags.MS_STRICTATIME | MountFlags.MS_NODIRATIME
            })
    void readsChangeTheSameTimesAsOnTmpfs(int flags) throws Exception {
        VirtualFileSystem vfs = new VirtualFileSystem();
        MappedPageStore store = MappedPageStore.anonymous();
        VirtualDentry root = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store))
                .root();
        vfs.remount(
                Credentials.root(), new PathOperation().root(root).start(root).path("/"), flags);
        List<String> ours;
        try (Subject subject = new VfsSubject(vfs, root, 0, store::close)) {
            ours = changes(subject);
        }
        assertThat(ours).isEqualTo(inKernel(flags));
    }

    private static List<String> inKernel(int flags) throws Exception {
        Differential.loadClasses();
        Path directory = Files.createTempDirectory("caisson-atime");
        FutureTask<List<String>> run = new FutureTask<>(() -> {
            try (Subject kernel = new KernelSubject(
                    directory.toString(), 0, at -> MountCalls.mount("none", at, "tmpfs", flags, "mode=1777"))) {
                return changes(kernel);
            }
        });
        try {
            new Thread(run, "access times").start();
            return run.get(1, TimeUnit.MINUTES);
        } finally {
            Files.delete(directory);
        }
    }

    /** What was done, and whether the access time is another one afterwards. */
    private static List<String> changes(Subject subject) {
        subject.actAs(Subject.WHO.getFirst());
        List<String> changes = new ArrayList<>();
        for (boolean fresh : new boolean[] {false, true}) {
            String suffix = fresh ? "-fresh" : "-old";
            subject.mknod("file" + suffix, StatMode.S_IFREG | 0644, 0);
            subject.open(0, "file" + suffix, OpenFlags.O_RDWR, 0);
            subject.write(0, subject.data.asSlice(0, 10));
            subject.open(1, "file" + suffix, OpenFlags.O_RDONLY | OpenFlags.O_NOATIME, 0);
            subject.mkdir("directory" + suffix, 0755);
            subject.symlink("link" + suffix, "file" + suffix);
            see(
                    subject,
                    changes,
                    "file" + suffix,
                    fresh,
                    "pread",
                    () -> subject.pread(0, subject.data.asSlice(0, 4), 0));
            see(
                    subject,
                    changes,
                    "file" + suffix,
                    fresh,
                    "nothing",
                    () -> subject.pread(0, subject.data.asSlice(0, 4), 99));
            see(
                    subject,
                    changes,
                    "file" + suffix,
                    fresh,
                    "noatime",
                    () -> subject.pread(1, subject.data.asSlice(0, 4), 0));
            see(
                    subject,
                    changes,
                    "directory" + suffix,
                    fresh,
                    "list",
                    () -> subject.list("directory" + suffix, new ArrayList<>()));
            see(
                    subject,
                    changes,
                    "link" + suffix,
                    fresh,
                    "readlink",
                    () -> subject.readlink("link" + suffix, subject.data));
            see(subject, changes, "link" + suffix, fresh, "follow", () -> subject.truncate("link" + suffix, 10));
        }
        return changes;
    }

    private static void see(
            Subject subject, List<String> changes, String path, boolean fresh, String what, Runnable read) {
        subject.utimes(path, OLD, 1, 2, false);
        if (fresh) {
            // The first read makes the access time later than the last change.
            subject.afterDump();
            read.run();
        }
        Seen before = new Seen();
        subject.stat(path, false, before);
        subject.afterDump();
        read.run();
        Seen after = new Seen();
        subject.stat(path, false, after);
        boolean same = before.accessSeconds == after.accessSeconds && before.accessNanos == after.accessNanos;
        changes.add(path + " " + what + (same ? " stays" : " changes"));
    }
}
