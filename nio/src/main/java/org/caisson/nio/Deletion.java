package org.caisson.nio;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.PathOperation;

/** Deletes files and empty directories. */
final class Deletion {
    private Deletion() {}

    /** Deletes whatever it is; false if there is nothing and there need not be. */
    static boolean delete(FileReference file, boolean mustExist) throws IOException {
        try {
            remove(file);
            return true;
        } catch (ErrnoException e) {
            if (!mustExist && e.errno() == Errno.ENOENT) {
                return false;
            }
            throw isNotEmpty(e) ? new DirectoryNotEmptyException(file.text()) : file.failure(e);
        }
    }

    /** Deletes whatever it is. */
    static void remove(FileReference file) throws ErrnoException {
        try {
            unlink(file);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EISDIR) {
                throw e;
            }
            rmdir(file);
        }
    }

    static boolean isNotEmpty(ErrnoException e) {
        return e.errno() == Errno.ENOTEMPTY || e.errno() == Errno.EEXIST;
    }

    static void unlink(FileReference file) throws ErrnoException {
        CaissonFileSystem system = file.system();
        PathOperation operation = file.aim(false);
        try {
            system.vfs().unlink(system.credentials(), operation);
        } finally {
            file.done(operation);
        }
    }

    static void rmdir(FileReference file) throws ErrnoException {
        CaissonFileSystem system = file.system();
        PathOperation operation = file.aim(false);
        try {
            system.vfs().rmdir(system.credentials(), operation);
        } finally {
            file.done(operation);
        }
    }
}
