package org.caisson.nio;

import java.nio.channels.OverlappingFileLockException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The locks that this JVM's channels hold or wait for, by file: a JVM is one holder to others, so two of its locks must not overlap. */
final class JvmLocks {
    private static final ConcurrentMap<Object, List<CaissonFileLock>> LOCKS = new ConcurrentHashMap<>();

    private JvmLocks() {}

    /**
     * Notes a lock that is about to be acquired.
     *
     * @throws OverlappingFileLockException if another one overlaps
     */
    static void add(CaissonFileLock lock) {
        LOCKS.compute(lock.file().identity(), (_, known) -> {
            List<CaissonFileLock> locks = known == null ? new ArrayList<>() : known;
            for (CaissonFileLock other : locks) {
                if (other.overlaps(lock.position(), lock.size())) {
                    throw new OverlappingFileLockException();
                }
            }
            locks.add(lock);
            return locks;
        });
    }

    static void remove(CaissonFileLock lock) {
        LOCKS.computeIfPresent(lock.file().identity(), (_, locks) -> {
            locks.remove(lock);
            return locks.isEmpty() ? null : locks;
        });
    }

    /** Forgets the locks of a file that is closed. */
    static void removeAll(OpenFile file) {
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
