package org.caisson.vfs.pipe;

import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.wait.Interruption;
import org.jspecify.annotations.Nullable;

/** A named pipe in a memory file system. */
final class Fifo implements AutoCloseable {
    final VirtualFileSystem vfs = new VirtualFileSystem();
    private final MappedPageStore store = MappedPageStore.anonymous();
    private final VirtualDentry root =
            vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store)).root();

    Fifo() throws ErrnoException {
        vfs.mknod(Credentials.root(), at(), StatMode.S_IFIFO | 0600, 0);
    }

    private PathOperation at() {
        return new PathOperation().root(root).start(root).path("fifo");
    }

    PipeDescription open(int flags) throws ErrnoException {
        return open(flags, null);
    }

    PipeDescription open(int flags, @Nullable Interruption interruption) throws ErrnoException {
        FileDescription opened =
                vfs.open(Credentials.root(), at().interruption(interruption), new OpenOptions(flags, 0));
        return (PipeDescription) opened;
    }

    Stat stat() throws ErrnoException {
        Stat stat = new Stat();
        vfs.stat(Credentials.root(), at(), stat);
        return stat;
    }

    @Override
    public void close() {
        store.close();
    }
}
