package org.caisson.nio;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.ResolvingPath;

/** Reads symbolic links. */
final class SymbolicLinks {
    private SymbolicLinks() {}

    /** readlink(2); EINVAL if it is none. */
    static byte[] read(FileReference file) throws ErrnoException {
        CaissonFileSystem system = file.system();
        byte[] target = new byte[ResolvingPath.MAX_PATH];
        PathOperation operation = file.aim(false);
        try {
            int length = system.vfs().readlink(system.credentials(), operation, MemorySegment.ofArray(target));
            return Arrays.copyOf(target, length);
        } finally {
            file.done(operation);
        }
    }
}
