package org.caisson.runtime.cgroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.runtime.state.FileLock;

/**
 * A group in the way of a new one, left by a keeper that was killed and by whose state root nobody has come since. It may be
 * taken away if it bears our mark, its owner is dead and nothing lives in it.
 */
final class AbandonedGroup {
    private AbandonedGroup() {}

    /**
     * Takes the group away, or returns false if it is somebody's. Of several that find it one does so: who holds the lock
     * (flock(2)) of a directory that still has its name is alone with it.
     */
    static boolean remove(ControlGroup group, OwnerRegister owners) throws IOException {
        Path directory = group.directory;
        try (FileLock lock = FileLock.tryTakeDirectory(directory.toString())) {
            if (lock == null
                    || !Files.isSameFile(Path.of("/proc/self/fd/" + lock.file().number()), directory)) {
                return false;
            }
            String mark = OwnerMark.of(directory);
            return mark != null && !owners.lives(mark) && group.processes().isEmpty() && group.tryRemove();
        } catch (NoSuchFileException e) {
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return true;
            }
            throw e;
        }
    }
}
