package org.caisson.nio;

import java.io.IOException;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;

/** How a channel is to be opened. */
final class OpenRequest {
    private boolean reads;
    private boolean writes;
    private boolean appends;
    private boolean truncates;
    private boolean creates;
    private boolean createsNew;
    private boolean deletes;
    private boolean noFollow;
    private int synchronous;

    private OpenRequest(Set<? extends OpenOption> options) {
        for (OpenOption option : options) {
            take(Objects.requireNonNull(option, "option is null"));
        }
    }

    private void take(OpenOption option) {
        if (option == LinkOption.NOFOLLOW_LINKS) {
            noFollow = true;
            return;
        }
        if (!(option instanceof StandardOpenOption standard)) {
            throw new UnsupportedOperationException(option + " not supported");
        }
        switch (standard) {
            case READ -> reads = true;
            case WRITE -> writes = true;
            case APPEND -> appends = true;
            case TRUNCATE_EXISTING -> truncates = true;
            case CREATE -> creates = true;
            case CREATE_NEW -> createsNew = true;
            case DELETE_ON_CLOSE -> deletes = true;
            // All files may have holes.
            case SPARSE -> {}
            case SYNC -> synchronous |= OpenFlags.O_SYNC;
            case DSYNC -> synchronous |= OpenFlags.O_DSYNC;
        }
    }

    /** For a FileChannel: appending is writing, and goes neither with reading nor with truncation. */
    static OpenRequest forChannel(Set<? extends OpenOption> options) {
        OpenRequest request = new OpenRequest(options);
        if (!request.reads && !request.writes) {
            request.writes = request.appends;
            request.reads = !request.appends;
        }
        if (request.reads && request.appends) {
            throw new IllegalArgumentException("READ + APPEND not allowed");
        }
        if (request.appends && request.truncates) {
            throw new IllegalArgumentException("APPEND + TRUNCATE_EXISTING not allowed");
        }
        return request;
    }

    /** For an AsynchronousFileChannel, which cannot append. */
    static OpenRequest forAsynchronousChannel(Set<? extends OpenOption> options) {
        OpenRequest request = new OpenRequest(options);
        if (request.appends) {
            throw new UnsupportedOperationException("APPEND not allowed");
        }
        request.reads |= !request.writes;
        return request;
    }

    /** Opens a file and, if it is to be deleted on close, takes its name away at once. */
    OpenFile open(FileReference file, int mode) throws IOException {
        OpenFile opened = new OpenFile(file.system(), describe(file, mode), reads, writes, appends);
        if (deletes) {
            takeName(file);
        }
        return opened;
    }

    private FileDescription describe(FileReference file, int mode) throws IOException {
        CaissonPath path = file.path();
        if (writes && createsNew && path != null && path.isDot()) {
            throw file.failure(Errno.EEXIST.exception());
        }
        CaissonFileSystem system = file.system();
        PathOperation operation = file.aim(true);
        try {
            return system.vfs().open(system.credentials(), operation, new OpenOptions(flags(), mode));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EINTR) {
                // The wait for the other end of a pipe took the interrupt for itself.
                Thread.currentThread().interrupt();
            }
            if (createsNew && e.errno() == Errno.EISDIR) {
                throw file.failure(Errno.EEXIST.exception());
            }
            if (refusesLinks() && e.errno() == Errno.ELOOP) {
                throw new IOException(e.errno().text() + " (NOFOLLOW_LINKS specified)", e);
            }
            throw file.failure(e);
        } finally {
            file.done(operation);
        }
    }

    private boolean refusesLinks() {
        return !createsNew && (noFollow || deletes);
    }

    private int flags() {
        int flags = synchronous | (refusesLinks() ? OpenFlags.O_NOFOLLOW : 0);
        if (!writes) {
            return flags | OpenFlags.O_RDONLY;
        }
        flags |= reads ? OpenFlags.O_RDWR : OpenFlags.O_WRONLY;
        flags |= truncates ? OpenFlags.O_TRUNC : 0;
        flags |= appends ? OpenFlags.O_APPEND : 0;
        if (createsNew) {
            return flags | OpenFlags.O_CREAT | OpenFlags.O_EXCL;
        }
        return creates ? flags | OpenFlags.O_CREAT : flags;
    }

    private static void takeName(FileReference file) {
        try {
            Deletion.unlink(file);
        } catch (ErrnoException e) {
            // It has no name any more, or may not be deleted: either way it stays open.
        }
    }
}
