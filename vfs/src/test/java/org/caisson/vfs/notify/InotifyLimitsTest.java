package org.caisson.vfs.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.InotifyFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.junit.jupiter.api.Test;

/** Limits of a user: the kernel's are tried in a user namespace, which has limits of its own. */
class InotifyLimitsTest {
    /** Says what comes of each call, the number of a watch or the name of an errno, a line a call. */
    private static final String IN_THE_KERNEL = """
            import ctypes, errno, os, tempfile
            libc = ctypes.CDLL(None, use_errno=True)
            def said(result):
                print(errno.errorcode[ctypes.get_errno()] if result < 0 else "fine")
                return result
            for limit in ("instances", "watches"):
                with open("/proc/sys/user/max_inotify_" + limit, "w") as file:
                    file.write("2")
            first = said(libc.inotify_init1(0))
            second = said(libc.inotify_init1(0))
            said(libc.inotify_init1(0))
            os.close(second)
            second = said(libc.inotify_init1(0))
            with tempfile.TemporaryDirectory() as top:
                paths = [os.path.join(top, name) for name in "abc"]
                for path in paths:
                    os.mkdir(path)
                a, b, c = [path.encode() for path in paths]
                said(libc.inotify_add_watch(first, a, 1))
                said(libc.inotify_add_watch(second, a, 1))
                said(libc.inotify_add_watch(first, b, 1))
                said(libc.inotify_add_watch(first, a, 2))
                os.close(second)
                said(libc.inotify_add_watch(first, b, 1))
                said(libc.inotify_add_watch(first, c, 1))
                os.rmdir(b)
                said(libc.inotify_add_watch(first, c, 1))
            """;

    @Test
    void whoHasTooManyGetsWhatTheKernelGives() throws Exception {
        assertThat(ours()).isEqualTo(theirs()).contains("EMFILE", "ENOSPC");
    }

    private static List<String> theirs() throws IOException, InterruptedException {
        Process process = new ProcessBuilder("unshare", "--user", "--map-root-user", "python3", "-c", IN_THE_KERNEL)
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text.lines().toList();
    }

    /** Something to do. */
    @FunctionalInterface
    private interface Call {
        void make() throws ErrnoException;
    }

    private static List<String> ours() throws ErrnoException {
        List<String> said = new ArrayList<>();
        VirtualFileSystem vfs = new VirtualFileSystem();
        Credentials root = Credentials.root();
        InotifyAccounts accounts = new InotifyAccounts(vfs);
        accounts.maxInstances(2);
        accounts.maxWatches(2);
        try (MappedPageStore store = MappedPageStore.anonymous()) {
            VirtualDentry top = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store))
                    .root();
            PathOperation path = new PathOperation().root(top).start(top);
            for (String name : List.of("a", "b", "c")) {
                vfs.mkdir(root, path.path(name), 0755);
            }
            Inotify[] instances = new Inotify[3];
            say(said, () -> instances[0] = open(accounts));
            say(said, () -> instances[1] = open(accounts));
            say(said, () -> instances[2] = open(accounts));
            instances[1].close();
            say(said, () -> instances[1] = open(accounts));
            say(said, () -> instances[0].addWatch(vfs, root, path.path("a"), 1));
            say(said, () -> instances[1].addWatch(vfs, root, path.path("a"), 1));
            say(said, () -> instances[0].addWatch(vfs, root, path.path("b"), 1));
            say(said, () -> instances[0].addWatch(vfs, root, path.path("a"), 2));
            instances[1].close();
            say(said, () -> instances[0].addWatch(vfs, root, path.path("b"), 1));
            say(said, () -> instances[0].addWatch(vfs, root, path.path("c"), 1));
            vfs.rmdir(root, path.path("b"));
            say(said, () -> instances[0].addWatch(vfs, root, path.path("c"), 1));
            instances[0].close();
        }
        return said;
    }

    private static Inotify open(InotifyAccounts accounts) throws ErrnoException {
        return Inotify.open(accounts, Credentials.root(), InotifyFlags.IN_NONBLOCK);
    }

    private static void say(List<String> said, Call call) {
        try {
            call.make();
            said.add("fine");
        } catch (ErrnoException e) {
            said.add(e.errno().name());
        }
    }
}
