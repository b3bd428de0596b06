package org.caisson.nio;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Name;
import org.caisson.vfs.PathOperation;

/** All extended attributes of a file, of whatever namespace. */
final class ExtendedAttributes {
    private static final MemorySegment NOTHING = MemorySegment.ofArray(new byte[0]);

    private ExtendedAttributes() {}

    /** listxattr(2). */
    static List<Name> list(FileReference file, boolean follow) throws ErrnoException {
        while (true) {
            long size = list(file, follow, NOTHING);
            if (size == 0) {
                return List.of();
            }
            byte[] names = new byte[(int) size];
            try {
                long length = list(file, follow, MemorySegment.ofArray(names));
                return split(names, (int) length);
            } catch (ErrnoException e) {
                // It grew meanwhile.
                if (e.errno() != Errno.ERANGE) {
                    throw e;
                }
            }
        }
    }

    private static long list(FileReference file, boolean follow, MemorySegment target) throws ErrnoException {
        CaissonFileSystem system = file.system();
        PathOperation operation = file.aim(follow);
        try {
            return system.vfs().listXattr(system.credentials(), operation, target);
        } finally {
            file.done(operation);
        }
    }

    private static List<Name> split(byte[] names, int length) {
        List<Name> list = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < length; i++) {
            if (names[i] == 0) {
                list.add(Name.of(names, from, i - from));
                from = i + 1;
            }
        }
        return list;
    }

    /** Copies as many as can be copied: what the target or the user may not have is left out. */
    static void copy(FileReference source, FileReference target, boolean follow) {
        try {
            for (Name name : list(source, follow)) {
                copy(source, target, follow, name);
            }
        } catch (ErrnoException e) {
            // The source has none.
        }
    }

    private static void copy(FileReference source, FileReference target, boolean follow, Name name) {
        PathOperation from = source.aim(follow);
        PathOperation to = target.aim(false);
        CaissonFileSystem system = source.system();
        try {
            long size = system.vfs().getXattr(system.credentials(), from, name, NOTHING);
            byte[] value = new byte[(int) size];
            MemorySegment segment = MemorySegment.ofArray(value);
            long length = size == 0 ? 0 : system.vfs().getXattr(system.credentials(), from, name, segment);
            CaissonFileSystem other = target.system();
            other.vfs().setXattr(other.credentials(), to, name, segment.asSlice(0, length), 0);
        } catch (ErrnoException e) {
            // Not required.
        } finally {
            target.done(to);
            source.done(from);
        }
    }
}
