package org.caisson.vfs.differential;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import org.caisson.linux.MountFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.LinkProtection;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.host.HostFileSystem;

/** A directory of the host in the virtual file system, in a thread that still has the host's root. */
final class HostSubject extends VfsSubject {
    /** Shows a directory that is empty. */
    @FunctionalInterface
    interface Shown {
        HostFileSystem open() throws Exception;
    }

    private final HostFileSystem fileSystem;
    private final ExecutorService thread;

    private HostSubject(
            HostFileSystem fileSystem, VirtualFileSystem vfs, VirtualDentry root, int umask, ExecutorService thread) {
        super(vfs, root, umask);
        this.fileSystem = fileSystem;
        this.thread = thread;
    }

    /** The thread is to have been started before the root changed. */
    static HostSubject make(Shown shown, LinkProtection protection, int umask, ExecutorService thread) {
        return in(thread, () -> {
            HostFileSystem fileSystem = shown.open();
            VirtualFileSystem vfs = new VirtualFileSystem();
            VirtualDentry root = vfs.newMountNamespace(fileSystem).root();
            PathOperation top = new PathOperation().root(root).start(root).path("/");
            vfs.remount(Credentials.root(), top, MountFlags.MS_NODEV);
            vfs.protection(protection);
            return new HostSubject(fileSystem, vfs, root, umask, thread);
        });
    }

    /** Work that may fail. */
    @FunctionalInterface
    private interface Work<T> {
        T run() throws Exception;
    }

    private static <T> T in(ExecutorService thread, Work<T> work) {
        try {
            return thread.submit(work::run).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    String perform(Step step) {
        return in(thread, () -> super.perform(step));
    }

    @Override
    public void close() {
        in(thread, () -> {
            super.close();
            fileSystem.close();
            return 0;
        });
    }
}
