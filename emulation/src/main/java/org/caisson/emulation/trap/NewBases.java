package org.caisson.emulation.trap;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.caisson.emulation.trap.MountAgent.Kind;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.jspecify.annotations.Nullable;

/**
 * What has to be remembered of procfs and sysfs from one of the newer mount calls to the next: contexts, which do not tell
 * what they are of, and trees that are attached nowhere, which stand in no mount table and of which a caller does not have
 * the descriptor that keeps them. All of it is bounded: whose context is forgotten gets EPERM, as from the kernel, and whose
 * tree is forgotten EINVAL, as for one that has been taken off.
 */
final class NewBases implements AutoCloseable {
    private static final int MOST = 64;
    private static final int MOST_DEVICES = 256;

    /** An open file that we have a copy of. */
    private record Context(OwnedFd descriptor, Kind kind) {}

    // All guarded by this; the oldest first.
    private final Deque<Context> contexts = new ArrayDeque<>();
    private final Deque<OwnedFd> trees = new ArrayDeque<>();
    private final Map<Long, Kind> devices = new LinkedHashMap<>();
    private boolean closed;

    /** Remembers a context, and takes the descriptor over. */
    synchronized void opened(Kind kind, OwnedFd context) {
        contexts.add(new Context(context, kind));
        if (contexts.size() > MOST || closed) {
            contexts.remove().descriptor().close();
        }
    }

    /** The kind of the context that a thread's descriptor means, or null if it is none of these. */
    synchronized @Nullable Kind contextOf(int tid, int descriptor) {
        for (Context context : contexts) {
            if (isSame(context, tid, descriptor)) {
                return context.kind();
            }
        }
        return null;
    }

    /** Keeps a tree, and takes the descriptor over. Once it is attached, that no longer matters. */
    synchronized void keep(Kind kind, long device, OwnedFd tree) {
        devices.remove(device);
        devices.put(device, kind);
        if (devices.size() > MOST_DEVICES) {
            devices.remove(devices.keySet().iterator().next());
        }
        trees.add(tree);
        if (trees.size() > MOST || closed) {
            trees.remove().close();
        }
    }

    /** Forgets a context that has been mounted. */
    synchronized void mounted(int tid, int descriptor) {
        for (Iterator<Context> all = contexts.iterator(); all.hasNext(); ) {
            Context context = all.next();
            if (isSame(context, tid, descriptor)) {
                all.remove();
                context.descriptor().close();
            }
        }
    }

    /** What a device was when it was last seen. */
    synchronized @Nullable Kind kindOf(long device) {
        return devices.get(device);
    }

    private static boolean isSame(Context context, int tid, int descriptor) {
        try {
            return ProcessCalls.isSameFile(context.descriptor().number(), tid, descriptor);
        } catch (ErrnoException none) {
            return false;
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        contexts.forEach(context -> context.descriptor().close());
        contexts.clear();
        trees.forEach(OwnedFd::close);
        trees.clear();
    }
}
