package org.caisson.nio;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Name;
import org.caisson.vfs.PathOperation;

/** Extended attributes of the {@code user.} namespace; see xattr(7). */
final class UserDefinedView implements UserDefinedFileAttributeView {
    private static final String PREFIX = "user.";
    private static final MemorySegment NOTHING = MemorySegment.ofArray(new byte[0]);

    private final FileReference file;
    private final boolean follow;

    UserDefinedView(FileReference file, boolean follow) {
        this.file = file;
        this.follow = follow;
    }

    @Override
    public String name() {
        return "user";
    }

    @Override
    public List<String> list() throws IOException {
        try {
            return ofUser(ExtendedAttributes.list(file, follow));
        } catch (ErrnoException e) {
            throw failure(
                    e, "Unable to get list of extended attributes: " + e.errno().text());
        }
    }

    private static List<String> ofUser(List<Name> all) {
        List<String> names = new ArrayList<>();
        for (Name one : all) {
            String name = PathText.decode(one.toByteArray());
            if (name.startsWith(PREFIX)) {
                names.add(name.substring(PREFIX.length()));
            }
        }
        return names;
    }

    @Override
    public int size(String name) throws IOException {
        try {
            return (int) get(nameOf(name), NOTHING);
        } catch (ErrnoException e) {
            throw failure(
                    e,
                    "Unable to get size of extended attribute '" + name + "': "
                            + e.errno().text());
        }
    }

    @Override
    public int read(String name, ByteBuffer target) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("Read-only buffer");
        }
        try {
            int length = (int) get(nameOf(name), MemorySegment.ofBuffer(target));
            // Asked without room, the size is told instead.
            if (length > target.remaining()) {
                throw Errno.ERANGE.exception();
            }
            target.position(target.position() + length);
            return length;
        } catch (ErrnoException e) {
            String why = e.errno() == Errno.ERANGE
                    ? "Insufficient space in buffer"
                    : e.errno().text();
            throw failure(e, "Error reading extended attribute '" + name + "': " + why);
        }
    }

    byte[] read(String name) throws IOException {
        ByteBuffer value = ByteBuffer.allocate(size(name));
        read(name, value);
        return value.array();
    }

    private long get(Name name, MemorySegment target) throws ErrnoException {
        CaissonFileSystem system = file.system();
        PathOperation operation = file.aim(follow);
        try {
            return system.vfs().getXattr(system.credentials(), operation, name, target);
        } finally {
            file.done(operation);
        }
    }

    @Override
    public int write(String name, ByteBuffer source) throws IOException {
        Name whole = nameOf(name);
        PathOperation operation = file.aim(follow);
        CaissonFileSystem system = file.system();
        try {
            int length = source.remaining();
            system.vfs().setXattr(system.credentials(), operation, whole, MemorySegment.ofBuffer(source), 0);
            source.position(source.position() + length);
            return length;
        } catch (ErrnoException e) {
            throw failure(
                    e,
                    "Error writing extended attribute '" + name + "': "
                            + e.errno().text());
        } finally {
            file.done(operation);
        }
    }

    @Override
    public void delete(String name) throws IOException {
        Name whole = nameOf(name);
        PathOperation operation = file.aim(follow);
        CaissonFileSystem system = file.system();
        try {
            system.vfs().removeXattr(system.credentials(), operation, whole);
        } catch (ErrnoException e) {
            throw failure(
                    e,
                    "Unable to delete extended attribute '" + name + "': "
                            + e.errno().text());
        } finally {
            file.done(operation);
        }
    }

    private Name nameOf(String name) throws FileSystemException {
        byte[] bytes = PathText.encode(PREFIX + Objects.requireNonNull(name, "name is null"));
        if (bytes.length > Name.MAX) {
            throw new FileSystemException(file.text(), null, "'" + PREFIX + name + "' is too big");
        }
        return Name.of(MemorySegment.ofArray(bytes), 0, bytes.length);
    }

    /** What went wrong on the way to the file is told as usual, and with these words what the file answered. */
    private IOException failure(ErrnoException e, String words) {
        return switch (e.errno()) {
            case ENOENT, EACCES, ELOOP, ENOTDIR, ENAMETOOLONG -> file.failure(e);
            default -> {
                FileSystemException failure = new FileSystemException(file.text(), null, words);
                failure.initCause(e);
                yield failure;
            }
        };
    }
}
