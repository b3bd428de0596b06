package org.caisson.vfs.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.NamespaceCalls;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileSystemContext;
import org.caisson.vfs.FileSystemParameter;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.Name;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.mem.PageStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** mount(2) of overlay by name, with the same data: outcome and what mountinfo shows agree with the kernel's overlayfs. */
class OverlayTypeAgainstKernelTest {
    private static final int CLONE_NEWNS = 0x20000;
    private static final List<String> DIRECTORIES = List.of("l1", "l2", "l,3", "l:4", "d1", "u", "w", "u2", "w2", "m");

    private static final String WRITABLE = "lowerdir=l1,upperdir=u,workdir=w";

    private static final List<String> DATA = List.of(
            "",
            "lowerdir=l1",
            "lowerdir=l1:l2",
            WRITABLE,
            "upperdir=u,workdir=w",
            "lowerdir=l1,upperdir=u",
            "lowerdir=l1,workdir=w",
            "lowerdir=l1:l2,workdir=w",
            "lowerdir=l1,upperdir=u,workdir=u",
            "lowerdir=l1,upperdir=u,workdir=.",
            "lowerdir=l1,upperdir=u,workdir=nothing",
            "lowerdir=l1,upperdir=f,workdir=w",
            "lowerdir=l1,upperdir=u,workdir=f",
            "lowerdir=l1,upperdir=,workdir=w",
            "lowerdir=l1,upperdir=u,upperdir=u2,workdir=w",
            "lowerdir=l1,upperdir=u,workdir=w2/../w",
            "lowerdir=nothing",
            "lowerdir=l1:l2:f",
            "lowerdir=",
            "lowerdir",
            "upperdir",
            "lowerdir=l1::d1",
            "lowerdir=l1::d1,metacopy=on",
            "lowerdir=l1::d1,redirect_dir=nofollow",
            "lowerdir=::d1",
            "lowerdir=l1:",
            "lowerdir=:l1",
            "lowerdir=l1:::d1",
            "lowerdir=l1::d1:l2",
            "lowerdir=l1:l2:l1",
            "lowerdir=u,upperdir=u,workdir=w",
            "lowerdir=.,upperdir=u,workdir=w",
            "lowerdir=l1:l\\:4",
            "lowerdir=l1:l\\,3",
            "lowerdir=l1:l\\2",
            "lowerdir=l1:l2/",
            "lowerdir=l1,lowerdir=l1:l2",
            "lowerdir=l1:l2,lowerdir=",
            "lowerdir+=l1,lowerdir+=l2",
            "lowerdir+=l:4,lowerdir+=l1",
            "lowerdir+=l\\:4,lowerdir+=l1",
            "lowerdir+=,lowerdir+=l1",
            "lowerdir+=l1:l2",
            "lowerdir+=l1,lowerdir=l1:l2",
            "lowerdir+=l1,datadir+=d1",
            "lowerdir+=l1,datadir+=d1,metacopy=on",
            "datadir+=d1,lowerdir+=l1",
            "lowerdir+=l1,datadir+=d1,lowerdir+=l2",
            "lowerdir=l1,lowerdir+=l2",
            "lowerdir=l1,datadir+=d1",
            "lowerdir=l1:l2,redirect_dir=on",
            "lowerdir=l1:l2,redirect_dir=off",
            "lowerdir=l1:l2,redirect_dir=follow",
            "lowerdir=l1:l2,redirect_dir=nofollow",
            "lowerdir=l1:l2,redirect_dir=x",
            "lowerdir=l1:l2,redirect_dir",
            WRITABLE + ",redirect_dir=on",
            WRITABLE + ",redirect_dir=off",
            WRITABLE + ",redirect_dir=follow",
            WRITABLE + ",redirect_dir=nofollow",
            WRITABLE + ",index=on",
            WRITABLE + ",index=x",
            WRITABLE + ",index",
            "lowerdir=l1:l2,index=on",
            WRITABLE + ",metacopy=on",
            WRITABLE + ",metacopy=off",
            WRITABLE + ",metacopy=on,redirect_dir=off",
            WRITABLE + ",metacopy=on,redirect_dir=follow",
            WRITABLE + ",redirect_dir=on,metacopy=on,index=on",
            "lowerdir=l1:l2,metacopy=on,redirect_dir=nofollow",
            "lowerdir=l1:l2,metacopy=on,redirect_dir=follow",
            WRITABLE + ",userxattr",
            WRITABLE + ",userxattr,metacopy=on",
            WRITABLE + ",userxattr,redirect_dir=on",
            WRITABLE + ",userxattr,redirect_dir=off",
            "lowerdir=l1:l2,userxattr",
            "lowerdir=l1:l2,userxattr=1",
            "lowerdir=l1:l2,userxattr,redirect_dir=off",
            "lowerdir=l1:l2,userxattr,redirect_dir=nofollow",
            WRITABLE + ",volatile",
            WRITABLE + ",volatile=1",
            WRITABLE + ",fsync=volatile",
            WRITABLE + ",fsync=auto",
            WRITABLE + ",fsync=strict",
            WRITABLE + ",fsync=x",
            "lowerdir=l1:l2,volatile",
            WRITABLE + ",xino=on",
            WRITABLE + ",xino=off",
            "lowerdir=l1:l2,xino=auto",
            "lowerdir=l1:l2,xino=x",
            "lowerdir=l1:l2,uuid=null",
            WRITABLE + ",uuid=off",
            "lowerdir=l1:l2,nfs_export=off",
            "lowerdir=l1:l2,verity=off",
            "lowerdir=l1:l2,default_permissions",
            "lowerdir=l1:l2,override_creds",
            "lowerdir=l1:l2,unknown",
            "lowerdir=l1:l2,unknown=1",
            ",,lowerdir=l1:l2,=x,");

    /** A side of the comparison: a tree in which the same directories are made anew for each mount. */
    private interface Side {
        /** Empty directories, and a file {@code f}. */
        void begin() throws ErrnoException;

        void mount(long flags, String data) throws ErrnoException;

        byte[] mountinfo() throws ErrnoException;

        /** Of what is mounted. */
        void write() throws ErrnoException;

        void unmount() throws ErrnoException;

        void end() throws ErrnoException;
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

    private static List<String> play(Side side) throws ErrnoException {
        List<String> lines = new ArrayList<>();
        for (String data : DATA) {
            side.begin();
            String outcome = outcome(() -> side.mount(0, data));
            if (outcome.equals("fine")) {
                outcome += shown(side.mountinfo());
                outcome += " write " + outcome(side::write);
                outcome += " remount " + outcome(() -> side.mount(MountFlags.MS_REMOUNT, "unknown=3,lowerdir=x"));
                side.unmount();
                outcome += " again " + outcome(() -> side.mount(0, data));
                if (outcome.endsWith("fine")) {
                    side.unmount();
                }
            }
            lines.add(data + ": " + outcome);
            side.end();
        }
        return lines;
    }

    /** The kernel gives an upper layer an identity of its own. */
    private static String shown(byte[] mountinfo) {
        String last = new String(mountinfo, StandardCharsets.UTF_8)
                .lines()
                .reduce((first, second) -> second)
                .orElse("");
        return last.substring(last.indexOf(" - ")).replace(",uuid=on", "");
    }

    @Test
    void optionsMeanWhatTheyMeanToTheKernel() throws Exception {
        Path directory = Files.createTempDirectory("caisson-overlay");
        try {
            FutureTask<List<String>> kernel = new FutureTask<>(() -> play(new KernelTree(directory.toString())));
            new Thread(kernel).start();
            List<String> theirs = kernel.get(1, TimeUnit.MINUTES);
            try (MappedPageStore store = MappedPageStore.anonymous()) {
                assertThat(play(new OurTree(store))).containsExactlyElementsOf(theirs);
            }
        } finally {
            Files.delete(directory);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"index=off", "nfs_export=on", "verity=on", "verity=require", "uuid=on"})
    void whatIsNotSupportedIsRefusedByName(String option) throws Exception {
        try (MappedPageStore store = MappedPageStore.anonymous()) {
            OurTree tree = new OurTree(store);
            tree.begin();
            try (FileSystemContext context = tree.vfs.mounts().openFileSystem(tree.root, tree.path, OverlayType.NAME)) {
                int equals = option.indexOf('=');
                FileSystemParameter parameter = new FileSystemParameter.Text(
                        option.substring(0, equals), Name.of(option.substring(equals + 1)));
                assertThatThrownBy(() -> context.set(parameter))
                        .isInstanceOfSatisfying(
                                ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
                assertThat(context.log().take()).contains(option).contains("not supported");
            }
        }
    }

    /** fsconfig(2) takes layers as places as well, and makes what can be mounted. */
    @Test
    void isMadeFromPlacesStepByStep() throws Exception {
        try (MappedPageStore store = MappedPageStore.anonymous()) {
            OurTree tree = new OurTree(store);
            tree.begin();
            try (FileSystemContext context = tree.vfs.mounts().openFileSystem(tree.root, tree.path, OverlayType.NAME)) {
                context.set(new FileSystemParameter.Text("lowerdir+", Name.of("l1")));
                context.set(new FileSystemParameter.Place("upperdir", tree.vfs.lookup(tree.root, tree.at("u"))));
                context.set(new FileSystemParameter.Place("workdir", tree.vfs.lookup(tree.root, tree.at("w"))));
                context.create();
                try (var mounted = tree.vfs.mounts().mountDetached(tree.root, tree.path, context, 0)) {
                    PathOperation inside =
                            new PathOperation().root(mounted.root()).start(mounted.root());
                    tree.vfs.mkdir(tree.root, inside.path("made"), 0755);
                }
            }
            tree.vfs.lookup(tree.root, tree.at("u/made"));
        }
    }

    private record KernelTree(String directory) implements Side {
        KernelTree {
            try {
                NamespaceCalls.unshare(CLONE_NEWNS);
                MountCalls.mount("none", "/", "", MountFlags.MS_REC | MountFlags.MS_PRIVATE, "");
            } catch (ErrnoException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void begin() throws ErrnoException {
            MountCalls.mount("none", directory, "tmpfs", 0, "");
            for (String name : DIRECTORIES) {
                FileCalls.mkdirat(AtFlags.AT_FDCWD, directory + "/" + name, 0755);
            }
            FileCalls.mknodat(AtFlags.AT_FDCWD, directory + "/f", 0100644, 0);
            go(directory);
        }

        /** This thread alone, as it has left the others' mount namespace. */
        private static void go(String where) throws ErrnoException {
            try (var arena = java.lang.foreign.Arena.ofConfined()) {
                Syscalls.check(
                        Syscalls.call(
                                SyscallNumbers.CHDIR, arena.allocateFrom(where).address()),
                        "chdir");
            }
        }

        @Override
        public void mount(long flags, String data) throws ErrnoException {
            MountCalls.mount("here", directory + "/m", "overlay", flags, data);
        }

        @Override
        public byte[] mountinfo() throws ErrnoException {
            return FileCalls.readFile("/proc/thread-self/mountinfo");
        }

        @Override
        public void write() throws ErrnoException {
            FileCalls.mkdirat(AtFlags.AT_FDCWD, directory + "/m/made", 0755);
        }

        @Override
        public void unmount() throws ErrnoException {
            MountCalls.umount2(directory + "/m", 0);
        }

        @Override
        public void end() throws ErrnoException {
            go("/");
            MountCalls.umount2(directory, 0);
        }
    }

    private static final class OurTree implements Side {
        final VirtualFileSystem vfs = new VirtualFileSystem();
        final Credentials root = Credentials.root();
        private final MountNamespace namespace;
        final PathOperation path;
        private final PageStore store;

        OurTree(PageStore store) throws ErrnoException {
            this.store = store;
            namespace = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store));
            path = new PathOperation().root(namespace.root()).start(namespace.root());
            vfs.mkdir(root, path.path("t"), 0755);
            vfs.mounts().types().add(new OverlayType());
        }

        PathOperation at(String where) {
            return path.path(where);
        }

        @Override
        public void begin() throws ErrnoException {
            path.start(namespace.root());
            vfs.mount(root, at("t"), new MemFileSystem(MemOptions.DEFAULT, store), 0);
            path.start(vfs.lookup(root, at("t")));
            for (String name : DIRECTORIES) {
                vfs.mkdir(root, at(name), 0755);
            }
            vfs.mknod(root, at("f"), 0100644, 0);
        }

        @Override
        public void mount(long flags, String data) throws ErrnoException {
            vfs.mounts().mount(root, Name.of("here"), at("m"), OverlayType.NAME, flags, Name.of(data));
        }

        @Override
        public byte[] mountinfo() {
            return vfs.mounts().mountinfo(namespace, namespace.root());
        }

        @Override
        public void write() throws ErrnoException {
            vfs.mkdir(root, at("m/made"), 0755);
        }

        @Override
        public void unmount() throws ErrnoException {
            vfs.unmount(root, at("m"), 0);
        }

        @Override
        public void end() throws ErrnoException {
            path.start(namespace.root());
            vfs.unmount(root, at("t"), 0);
        }
    }
}
