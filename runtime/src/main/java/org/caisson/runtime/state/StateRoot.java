package org.caisson.runtime.state;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.jspecify.annotations.Nullable;

/**
 * The directory that holds all containers' directories. It is ours only if it holds our lock with our mark in it: a directory that was made for
 * something else is refused and nothing in it is touched.
 */
final class StateRoot {
    private static final String LOCK = "lock";
    private static final byte[] MARK = "caisson\n".getBytes(StandardCharsets.US_ASCII);

    /** What a root may hold that is no container. {@code ids} lies in the default root, see the ranges of ids there; {@code daemon} is where a daemon listens. */
    private static final List<String> RESERVED = List.of(LOCK, "ids", "daemon");

    private final Path path;

    StateRoot(Path path) {
        this.path = path;
    }

    /** Names that a container cannot have. */
    static boolean reserves(String name) {
        return RESERVED.contains(name);
    }

    /** Holds off whoever would make or forget a container; makes the root if it is missing. */
    FileLock lock() throws IOException {
        String lock = path + "/" + LOCK;
        try {
            return proved(FileLock.takeExisting(lock));
        } catch (ErrnoException e) {
            return made(lock, e);
        }
    }

    /** As {@link #lock}, or null if another holds it. */
    @Nullable
    FileLock tryLock() throws IOException {
        String lock = path + "/" + LOCK;
        try {
            FileLock taken = FileLock.tryTakeExisting(lock);
            return taken == null ? null : proved(taken);
        } catch (ErrnoException e) {
            return made(lock, e);
        }
    }

    private FileLock made(String lock, ErrnoException missing) throws IOException {
        return switch (missing.errno()) {
            case ENOENT -> proved(make(lock));
            case ENOTDIR -> throw new IOException(path + " is not a directory: give --root a directory", missing);
            case ELOOP, EISDIR -> throw foreign(LOCK);
            default -> throw missing;
        };
    }

    private FileLock proved(FileLock taken) throws IOException {
        try {
            prove(taken);
            return taken;
        } catch (IOException e) {
            taken.close();
            throw e;
        }
    }

    private FileLock make(String lock) throws IOException {
        Files.createDirectories(path);
        String stranger = stranger();
        if (stranger == null) {
            return FileLock.take(lock);
        }
        try {
            // Another command may have made the lock and a container since we looked.
            return FileLock.takeExisting(lock);
        } catch (ErrnoException e) {
            throw foreign(stranger);
        }
    }

    /** The lock holds our mark, or becomes ours because there is nothing beside it. */
    private void prove(FileLock lock) throws IOException {
        int file = lock.file().number();
        byte[] content = FileCalls.readAll(file);
        if (Arrays.equals(content, MARK)) {
            return;
        }
        String stranger = content.length == 0 ? stranger() : LOCK;
        if (stranger != null) {
            throw foreign(stranger);
        }
        FileCalls.writeFully(file, MARK);
    }

    /** The name of something that caisson did not put there; null if there is nothing. */
    private @Nullable String stranger() throws IOException {
        for (String name : names()) {
            if (!reserves(name)) {
                return name;
            }
        }
        return null;
    }

    private IOException foreign(String name) {
        return new IOException(
                path + " is no directory of caisson's state (it holds " + name + "): give --root an empty directory");
    }

    /** The directories in it that may be containers, never a link to one. */
    List<String> containers() throws IOException {
        List<String> ids = new ArrayList<>();
        for (String name : names()) {
            if (!reserves(name) && Files.isDirectory(path.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                ids.add(name);
            }
        }
        return ids;
    }

    private List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
            for (Path entry : entries) {
                names.add(String.valueOf(entry.getFileName()));
            }
        } catch (NoSuchFileException e) {
            return names;
        }
        return names;
    }
}
