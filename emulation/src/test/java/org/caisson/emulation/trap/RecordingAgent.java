package org.caisson.emulation.trap;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.jspecify.annotations.Nullable;

/** Writes down what it is asked for and does nothing, or fails as it is told. */
final class RecordingAgent implements MountAgent {
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile @Nullable Errno failure;
    private volatile @Nullable Runnable meanwhile;

    List<String> requests() {
        return requests;
    }

    void failWith(Errno errno) {
        failure = errno;
    }

    /** What happens, once, while the next request is under way. */
    void meanwhile(Runnable event) {
        meanwhile = event;
    }

    @Override
    public void mount(
            Kind kind, String options, long attributes, OwnedFd mounts, OwnedFd pids, OwnedFd network, OwnedFd target)
            throws ErrnoException {
        record("mount " + kind.type() + " on " + path(target) + " options=" + options + " attributes=" + attributes);
    }

    @Override
    public void bind(OwnedFd mounts, OwnedFd source, OwnedFd target) throws ErrnoException {
        record("bind " + path(source) + " on " + path(target));
    }

    @Override
    public void attach(OwnedFd mounts, OwnedFd tree, OwnedFd target) throws ErrnoException {
        record("attach " + path(tree) + " on " + path(target));
    }

    @Override
    public void change(Kind kind, OwnedFd mounts, OwnedFd base, long set, long clear) throws ErrnoException {
        record("change " + kind.type() + " at " + path(base) + " set=" + set + " clear=" + clear);
    }

    @Override
    public void detach(OwnedFd mounts, OwnedFd base) throws ErrnoException {
        record("detach " + path(base));
    }

    /** Any open file can be told from others. */
    @Override
    public OwnedFd open(Kind kind, OwnedFd pids, OwnedFd network) throws ErrnoException {
        record("open " + kind.type());
        return FileCalls.open("/dev/null", OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
    }

    /** What is there already stands for the tree that it would be. */
    @Override
    public DetachedTree fsmount(Kind kind, OwnedFd context, long attributes) throws ErrnoException {
        record("fsmount " + kind.type() + " attributes=" + attributes);
        return tree("/proc");
    }

    @Override
    public DetachedTree copyTree(OwnedFd mounts, OwnedFd source) throws ErrnoException {
        record("copy " + path(source));
        return tree("/proc");
    }

    private static DetachedTree tree(String path) throws ErrnoException {
        OwnedFd tree = FileCalls.open(path, OpenFlags.O_PATH | OpenFlags.O_CLOEXEC);
        return new DetachedTree(tree, FileCalls.open(path, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC));
    }

    @Override
    public void changeDetached(OwnedFd mounts, OwnedFd base, MountAttributes change) throws ErrnoException {
        record("change detached set=" + change.set() + " clear=" + change.clear());
    }

    private void record(String request) throws ErrnoException {
        requests.add(request);
        Runnable event = meanwhile;
        if (event != null) {
            meanwhile = null;
            event.run();
        }
        Errno errno = failure;
        if (errno != null) {
            throw errno.exception();
        }
    }

    private static String path(OwnedFd fd) throws ErrnoException {
        return new String(
                FileCalls.readlinkat(-100, "/proc/self/fd/" + fd.number()), java.nio.charset.StandardCharsets.UTF_8);
    }
}
