package org.caisson.vfs.overlay;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.mem.MemType;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What keeps tmpfs and overlay from becoming read-only: files that are open and have no name. As with the kernel. */
@ExtendWith(FdLeakCheck.class)
class OrphansAgainstKernelTest {
    private static final int CLONE_NEWNS = 0x20000;

    /** A side of the comparison: a tree with what the test needs at {@code m}. */
    private abstract static class Side {
        /** Opens for reading; returns what closes it. */
        abstract AutoCloseable open(String path, int flags) throws ErrnoException;

        abstract void unlink(String path) throws ErrnoException;

        abstract void rmdir(String path) throws ErrnoException;

        abstract void rename(String path, String to) throws ErrnoException;

        abstract void remount(boolean readOnly) throws ErrnoException;

        abstract void mkdir(String path) throws ErrnoException;

        abstract void mknod(String path) throws ErrnoException;

        abstract void link(String path, String other) throws ErrnoException;

        abstract void mount(String where, String type, String data) throws ErrnoException;

        void begin(String type) throws ErrnoException {
            for (String directory : List.of("l", "u", "w", "m", "l/d")) {
                mkdir(directory);
            }
            mknod("l/lower");
            if (type.equals("overlay")) {
                mount("m", type, "lowerdir=l,upperdir=u,workdir=w");
            } else {
                mount("m", type, "");
                mkdir("m/d");
                mknod("m/lower");
            }
            for (String file : List.of("a", "b", "c")) {
                mknod("m/" + file);
            }
            link("m/b", "m/b2");
        }

        private String becomesReadOnly() throws ErrnoException {
            try {
                remount(true);
            } catch (ErrnoException e) {
                return e.errno().name();
            }
            remount(false);
            return "fine";
        }

        List<String> play(String type) throws Exception {
            begin(type);
            List<String> lines = new ArrayList<>();
            lines.add("at first " + becomesReadOnly());
            try (AutoCloseable _ = open("m/a", OpenFlags.O_RDONLY)) {
                lines.add("open " + becomesReadOnly());
                unlink("m/a");
                lines.add("unlinked " + becomesReadOnly());
                try (AutoCloseable _ = open("m/c", OpenFlags.O_PATH)) {
                    rename("m/b2", "m/c");
                    lines.add("replaced " + becomesReadOnly());
                }
                lines.add("one closed " + becomesReadOnly());
            }
            lines.add("closed " + becomesReadOnly());
            try (AutoCloseable _ = open("m/b", OpenFlags.O_RDONLY)) {
                unlink("m/b");
                lines.add("one of two names " + becomesReadOnly());
            }
            try (AutoCloseable _ = open("m/lower", OpenFlags.O_RDONLY)) {
                unlink("m/lower");
                lines.add("lower " + becomesReadOnly());
            }
            try (AutoCloseable _ = open("m/d", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY)) {
                rmdir("m/d");
                lines.add("directory " + becomesReadOnly());
            }
            lines.add("at last " + becomesReadOnly());
            return lines;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "overlay"})
    void openFilesWithoutANameKeepItWritable(String type) throws Exception {
        Path directory = Files.createTempDirectory("caisson-orphans");
        try {
            FutureTask<List<String>> kernel = new FutureTask<>(() -> {
                Kernel side = new Kernel(directory.toString());
                return side.play(type);
            });
            new Thread(kernel).start();
            List<String> theirs = kernel.get(1, TimeUnit.MINUTES);
            try (MappedPageStore store = MappedPageStore.anonymous()) {
                assertThat(new Ours(store).play(type)).containsExactlyElementsOf(theirs);
            }
        } finally {
            Files.delete(directory);
        }
    }

    /** In a mount namespace of the thread's own. */
    private static final class Kernel extends Side {
        private static final int HERE = AtFlags.AT_FDCWD;
        private final String top;

        Kernel(String directory) throws ErrnoException {
            NamespaceCalls.unshare(CLONE_NEWNS);
            MountCalls.mount("none", "/", "", MountFlags.MS_REC | MountFlags.MS_PRIVATE, "");
            MountCalls.mount("none", directory, "tmpfs", 0, "");
            top = directory + "/";
        }

        @Override
        void mkdir(String path) throws ErrnoException {
            FileCalls.mkdirat(HERE, top + path, 0755);
        }

        @Override
        void mknod(String path) throws ErrnoException {
            FileCalls.mknodat(HERE, top + path, 0100644, 0);
        }

        @Override
        void link(String path, String other) throws ErrnoException {
            FileCalls.linkat(HERE, top + path, HERE, top + other, 0);
        }

        @Override
        void mount(String where, String type, String data) throws ErrnoException {
            MountCalls.mount("none", top + where, type, 0, data.replace("=", "=" + top));
        }

        @Override
        AutoCloseable open(String path, int flags) throws ErrnoException {
            return FileCalls.openat(HERE, top + path, flags, 0);
        }

        @Override
        void unlink(String path) throws ErrnoException {
            FileCalls.unlinkat(HERE, top + path, 0);
        }

        @Override
        void rmdir(String path) throws ErrnoException {
            FileCalls.unlinkat(HERE, top + path, AtFlags.AT_REMOVEDIR);
        }

        @Override
        void rename(String path, String to) throws ErrnoException {
            FileCalls.renameat2(HERE, top + path, HERE, top + to, 0);
        }

        @Override
        void remount(boolean readOnly) throws ErrnoException {
            long flags = MountFlags.MS_REMOUNT | (readOnly ? MountFlags.MS_RDONLY : 0);
            MountCalls.mount("none", top + "m", "", flags, "");
        }
    }

    private static final class Ours extends Side {
        private final VirtualFileSystem vfs = new VirtualFileSystem();
        private final Credentials admin = Credentials.root();
        private final VirtualDentry root;

        Ours(MappedPageStore store) {
            root = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store))
                    .root();
            vfs.mounts().types().add(new MemType(store));
            vfs.mounts().types().add(new OverlayType());
        }

        private PathOperation at(String path) {
            return new PathOperation().root(root).start(root).path(path);
        }

        @Override
        void mkdir(String path) throws ErrnoException {
            vfs.mkdir(admin, at(path), 0755);
        }

        @Override
        void mknod(String path) throws ErrnoException {
            vfs.mknod(admin, at(path), 0100644, 0);
        }

        @Override
        void link(String path, String other) throws ErrnoException {
            vfs.link(admin, at(path), at(other));
        }

        @Override
        void mount(String where, String type, String data) throws ErrnoException {
            vfs.mounts().mount(admin, Name.of("none"), at(where), type, 0, Name.of(data));
        }

        @Override
        AutoCloseable open(String path, int flags) throws ErrnoException {
            return vfs.open(admin, at(path), new OpenOptions(flags, 0));
        }

        @Override
        void unlink(String path) throws ErrnoException {
            vfs.unlink(admin, at(path));
        }

        @Override
        void rmdir(String path) throws ErrnoException {
            vfs.rmdir(admin, at(path));
        }

        @Override
        void rename(String path, String to) throws ErrnoException {
            vfs.rename(admin, at(path), at(to), 0);
        }

        @Override
        void remount(boolean readOnly) throws ErrnoException {
            long flags = MountFlags.MS_REMOUNT | (readOnly ? MountFlags.MS_RDONLY : 0);
            vfs.mounts().mount(admin, null, at("m"), null, flags, Name.of(""));
        }
    }
}
