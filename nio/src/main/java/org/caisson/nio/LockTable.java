package org.caisson.nio;

import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The locks that this JVM's channels hold or wait for, by file: file locks are the JVM's, so two of them must not overlap. */
final class LockTable {
    private static final ConcurrentMap<Object, List<HeldLock>> LOCKS = new ConcurrentHashMap<>();

    private LockTable() {}

    /**
     * Notes a lock that is to be acquired.
     *
     * @throws OverlappingFileLockException if another one overlaps
     */
    static void add(HeldLock lock) {
        LOCKS.compute(lock.file().identity(), (_, known) -> {
            List<HeldLock> locks = known == null ? new ArrayList<>() : known;
            for (FileLock other : locks) {
                if (other.overlaps(lock.position(), lock.size())) {
                    throw new OverlappingFileLockException();
                }
            }
            locks.add(lock);
            return locks;
        });
    }

    static void remove(HeldLock lock) {
        LOCKS.computeIfPresent(lock.file().identity(), (_, locks) -> {
            locks.remove(lock);
            return locks.isEmpty() ? null : locks;
        });
    }

    /** What the close of a file does to its locks. */
    static void releaseAll(OpenFile file) {
        if (LOCKS.isEmpty()) {
            return;
        }
        LOCKS.computeIfPresent(file.identity(), (_, locks) -> {
            locks.removeIf(lock -> {
                boolean ours = lock.file() == file;
                if (ours) {
                    lock.invalidate();
                }
                return ours;
            });
            return locks.isEmpty() ? null : locks;
        });
    }
}
