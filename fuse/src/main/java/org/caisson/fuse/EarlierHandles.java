package org.caisson.fuse;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;

/**
 * Files that were opened with a server before this one. They are opened again when they are first used, by their node: the kernel
 * has checked then that who has them may.
 *
 * <p>What a file gave before and gives now are two texts: who reads it piece by piece may see parts of both.
 */
final class EarlierHandles {
    /** Numbers of open files have it in their highest bits: {@link SlotTable} counts epochs in the rest. */
    private static final int GENERATION_SHIFT = 20;

    private static final int GENERATIONS = 1 << (Integer.SIZE - GENERATION_SHIFT);
    private static final int KEPT =
            OpenFlags.O_ACCMODE | OpenFlags.O_APPEND | OpenFlags.O_NONBLOCK | OpenFlags.O_DIRECTORY;

    private final VirtualFileSystem vfs;
    private final int generation;
    private final int most;
    private final ConcurrentMap<Key, Handle> opened = new ConcurrentHashMap<>();

    EarlierHandles(VirtualFileSystem vfs, int generation, int most) {
        this.vfs = vfs;
        this.generation = generation % GENERATIONS;
        this.most = most;
    }

    /** The epoch with which numbers of this generation begin. */
    int firstEpoch() {
        return generation << GENERATION_SHIFT;
    }

    /** Whether a number was given out by a server before. */
    boolean isEarlier(long id) {
        return (int) (id >>> (Integer.SIZE + GENERATION_SHIFT)) != generation;
    }

    /**
     * The file of that number, opened as {@code flags} say.
     *
     * @throws ErrnoException ENFILE if too many are open
     */
    Handle get(Credentials caller, VirtualDentry root, long id, Node node, int flags) throws ErrnoException {
        Key key = new Key(id, (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY);
        Handle present = opened.get(key);
        if (present != null) {
            return present;
        }
        if (opened.size() >= most) {
            throw Errno.ENFILE.exception();
        }
        Handle again = new Handle(node, open(caller, root, node, flags & KEPT));
        Handle first = opened.putIfAbsent(key, again);
        if (first == null) {
            return again;
        }
        again.release();
        return first;
    }

    private FileDescription open(Credentials caller, VirtualDentry root, Node node, int flags) throws ErrnoException {
        PathOperation where = new PathOperation().root(root).itself(node.place);
        OpenOptions options = new OpenOptions(flags, 0);
        try {
            return vfs.open(caller, where, options);
        } catch (ErrnoException refused) {
            // He may not open it himself, but somebody gave it to him.
            if (refused.errno() == Errno.EACCES || refused.errno() == Errno.EPERM) {
                return vfs.open(Credentials.root(), where, options);
            }
            throw refused;
        }
    }

    /** The kernel knows the number no more. */
    void release(long id) {
        release(new Key(id, false));
        release(new Key(id, true));
    }

    private void release(Key key) {
        Handle handle = opened.remove(key);
        if (handle != null) {
            handle.release();
        }
    }

    void releaseAll() {
        opened.keySet().forEach(this::release);
    }

    /** What is read and what is written by one number are opened each by itself, when it is first read or written. */
    private record Key(long id, boolean writes) {}
}
