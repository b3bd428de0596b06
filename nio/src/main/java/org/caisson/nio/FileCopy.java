package org.caisson.nio;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.LinkOption;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Permissions;
import org.caisson.vfs.SetStat;
import org.jspecify.annotations.Nullable;

/** Copies or moves one file, also between file systems. */
final class FileCopy {
    private static final OpenOptions READ = new OpenOptions(OpenFlags.O_RDONLY, 0);

    private final CaissonPath sourcePath;
    private final CaissonPath targetPath;
    private final FileReference source;
    private final FileReference target;

    private boolean replace;
    private boolean follow = true;
    private boolean copyAttributes;
    private boolean atomic;

    private FileCopy(CaissonPath source, CaissonPath target) {
        sourcePath = source;
        targetPath = target;
        this.source = FileReference.of(source);
        this.target = FileReference.of(target);
    }

    static void copy(CaissonPath source, CaissonPath target, CopyOption... options) throws IOException {
        FileCopy copy = new FileCopy(source, target);
        for (CopyOption option : options) {
            switch (Objects.requireNonNull(option, "option is null")) {
                case StandardCopyOption.REPLACE_EXISTING -> copy.replace = true;
                case StandardCopyOption.COPY_ATTRIBUTES -> copy.copyAttributes = true;
                case LinkOption.NOFOLLOW_LINKS -> copy.follow = false;
                default -> throw new UnsupportedOperationException("Unsupported copy option: " + option);
            }
        }
        copy.copy();
    }

    static void move(CaissonPath source, CaissonPath target, CopyOption... options) throws IOException {
        FileCopy copy = new FileCopy(source, target);
        copy.copyAttributes = true;
        copy.follow = false;
        for (CopyOption option : options) {
            switch (Objects.requireNonNull(option, "option is null")) {
                case StandardCopyOption.REPLACE_EXISTING -> copy.replace = true;
                case StandardCopyOption.ATOMIC_MOVE -> copy.atomic = true;
                case LinkOption.NOFOLLOW_LINKS -> {}
                default -> throw new UnsupportedOperationException("Unsupported option: " + option);
            }
        }
        copy.move();
    }

    private void copy() throws IOException {
        CaissonFileAttributes attributes = CaissonFileAttributes.read(source, follow);
        if (!attributes.isSymbolicLink()) {
            requireAccess(Permissions.READ);
        }
        if (makeRoom(attributes)) {
            copyAs(attributes);
        }
    }

    private void copyAs(CaissonFileAttributes attributes) throws IOException {
        if (attributes.isDirectory()) {
            copyDirectory(attributes);
        } else if (attributes.isSymbolicLink()) {
            copyLink(attributes);
        } else {
            copyFile(attributes);
        }
    }

    private void move() throws IOException {
        if (atomic) {
            moveAtomically();
            return;
        }
        CaissonFileAttributes attributes = CaissonFileAttributes.read(source, false);
        if (attributes.isDirectory()) {
            requireAccess(Permissions.WRITE);
        }
        if (!makeRoom(attributes)) {
            return;
        }
        try {
            rename(source, target);
            return;
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EXDEV && e.errno() != Errno.EISDIR) {
                throw failure(e);
            }
        }
        if (attributes.isDirectory()) {
            requireEmpty();
        }
        if (attributes.isDevice()) {
            copyNode(attributes);
        } else {
            copyAs(attributes);
        }
        deleteSource();
    }

    private void moveAtomically() throws IOException {
        try {
            rename(source, target);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EXDEV) {
                throw new AtomicMoveNotSupportedException(
                        sourcePath.toString(), targetPath.toString(), e.errno().text());
            }
            throw failure(e);
        }
    }

    /** rename(2); EXDEV between file systems of which one user's rights do not hold in the other. */
    static void rename(FileReference source, FileReference target) throws ErrnoException {
        CaissonFileSystem system = source.system();
        CaissonFileSystem other = target.system();
        if (other.vfs() != system.vfs() || other.credentials() != system.credentials()) {
            throw Errno.EXDEV.exception();
        }
        PathOperation from = source.aim(false);
        PathOperation to = target.aim(false);
        try {
            system.vfs().rename(system.credentials(), from, to, 0);
        } finally {
            target.done(to);
            source.done(from);
        }
    }

    private void deleteSource() throws IOException {
        try {
            Deletion.remove(source);
        } catch (ErrnoException e) {
            undo();
            throw Deletion.isNotEmpty(e) ? new DirectoryNotEmptyException(sourcePath.toString()) : source.failure(e);
        }
    }

    private void undo() {
        try {
            Deletion.remove(target);
        } catch (ErrnoException e) {
            // What went wrong before is told.
        }
    }

    private IOException failure(ErrnoException e) {
        return Failures.of(e, sourcePath.toString(), targetPath.toString());
    }

    private void requireAccess(int wanted) throws IOException {
        try {
            CaissonFileSystemProvider.access(source, wanted);
        } catch (ErrnoException e) {
            throw source.failure(e);
        }
    }

    private void requireEmpty() throws IOException {
        try (CaissonDirectoryStream stream = CaissonDirectoryStream.open(source, false, sourcePath, null)) {
            if (stream.iterator().hasNext()) {
                throw new DirectoryNotEmptyException(sourcePath.toString());
            }
        }
    }

    /** Deletes what is in the way if that is wanted; false if source and target are the same file and nothing is to be done. */
    private boolean makeRoom(CaissonFileAttributes attributes) throws IOException {
        @Nullable CaissonFileAttributes present = CaissonFileAttributes.readIfPossible(target, false);
        if (present == null) {
            return true;
        }
        if (attributes.isSameFile(present)) {
            return false;
        }
        if (!replace) {
            throw new FileAlreadyExistsException(targetPath.toString());
        }
        Deletion.delete(target, false);
        return true;
    }

    private IOException failureToMake(ErrnoException e) {
        // Somebody else made it since it was deleted.
        boolean again = e.errno() == Errno.EEXIST && replace;
        return again ? new FileSystemException(targetPath.toString()) : target.failure(e);
    }

    private void copyDirectory(CaissonFileAttributes attributes) throws IOException {
        try {
            CaissonFileSystemProvider.mkdir(target, attributes.mode());
        } catch (ErrnoException e) {
            throw failureToMake(e);
        }
        copyAttributes(attributes);
    }

    private void copyLink(CaissonFileAttributes attributes) throws IOException {
        try {
            CaissonFileSystemProvider.symlink(target, SymbolicLinks.read(source));
        } catch (ErrnoException e) {
            throw failureToMake(e);
        }
        if (copyAttributes) {
            setOwner(attributes);
        }
    }

    private void copyNode(CaissonFileAttributes attributes) throws IOException {
        CaissonFileSystem system = target.system();
        PathOperation operation = target.aim(false);
        try {
            system.vfs().mknod(system.credentials(), operation, attributes.mode(), attributes.representedDevice());
        } catch (ErrnoException e) {
            throw failureToMake(e);
        } finally {
            target.done(operation);
        }
        copyAttributes(attributes);
    }

    private void copyFile(CaissonFileAttributes attributes) throws IOException {
        boolean done = false;
        try (FileDescription from = openSource();
                FileDescription to = createTarget(attributes.mode())) {
            try {
                copyData(from, to, attributes.size());
            } catch (ErrnoException e) {
                throw failure(e);
            }
            copyAttributes(attributes);
            done = true;
        } finally {
            if (!done && created) {
                undo();
            }
        }
    }

    private boolean created;

    private FileDescription openSource() throws IOException {
        CaissonFileSystem system = source.system();
        PathOperation operation = source.aim(true);
        try {
            return system.vfs().open(system.credentials(), operation, READ);
        } catch (ErrnoException e) {
            throw source.failure(e);
        } finally {
            source.done(operation);
        }
    }

    private FileDescription createTarget(int mode) throws IOException {
        OpenOptions options = new OpenOptions(OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, mode);
        CaissonFileSystem system = target.system();
        PathOperation operation = target.aim(false);
        try {
            FileDescription description = system.vfs().open(system.credentials(), operation, options);
            created = true;
            return description;
        } catch (ErrnoException e) {
            throw failureToMake(e);
        } finally {
            target.done(operation);
        }
    }

    /** Lets the file system copy if it can; generated files, which have no size, are read. */
    private static void copyData(FileDescription from, FileDescription to, long size) throws ErrnoException {
        if (size > 0 && copyRange(from, to)) {
            return;
        }
        DataCopy.copy(from, to);
    }

    private static boolean copyRange(FileDescription from, FileDescription to) throws ErrnoException {
        long offset = 0;
        try {
            long count;
            do {
                count = from.copyRange(offset, to, offset, Integer.MAX_VALUE, 0);
                offset += count;
            } while (count > 0);
            return offset > 0;
        } catch (ErrnoException e) {
            if (offset > 0) {
                throw e;
            }
            return switch (e.errno()) {
                case EXDEV, EINVAL, EOPNOTSUPP, ENOSYS -> false;
                default -> throw e;
            };
        }
    }

    /** Copies what can be copied of owner, permissions and extended attributes, and the times, which must be. */
    private void copyAttributes(CaissonFileAttributes attributes) throws IOException {
        if (!copyAttributes) {
            return;
        }
        setOwner(attributes);
        trySet(ofMode(attributes.mode()));
        ExtendedAttributes.copy(source, target, follow);
        try {
            BasicView.apply(target, false, ofTimes(attributes));
        } catch (ErrnoException e) {
            undo();
            throw target.failure(e);
        }
    }

    private void setOwner(CaissonFileAttributes attributes) {
        SetStat change = new SetStat();
        change.mask = SetStat.UID | SetStat.GID;
        change.uid = attributes.uid();
        change.gid = attributes.gid();
        trySet(change);
    }

    private void trySet(SetStat change) {
        try {
            BasicView.apply(target, false, change);
        } catch (ErrnoException e) {
            // Not required: another user's file cannot be given away, for one.
        }
    }

    private static SetStat ofMode(int mode) {
        SetStat change = new SetStat();
        change.mask = SetStat.MODE;
        change.mode = mode;
        return change;
    }

    private static SetStat ofTimes(CaissonFileAttributes attributes) {
        SetStat change = new SetStat();
        change.mask = SetStat.ACCESS_TIME | SetStat.MODIFY_TIME;
        change.accessSeconds = attributes.accessSeconds();
        change.accessNanos = attributes.accessNanos();
        change.modifySeconds = attributes.modifySeconds();
        change.modifyNanos = attributes.modifyNanos();
        return change;
    }
}
