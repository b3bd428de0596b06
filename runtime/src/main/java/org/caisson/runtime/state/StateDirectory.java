package org.caisson.runtime.state;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.spec.SpecException;
import org.jspecify.annotations.Nullable;

/** The directories of all containers below one root. */
public final class StateDirectory {
    private final Path root;

    public StateDirectory(Path root) {
        this.root = root;
    }

    /** The directory of one container, there or not. */
    public Path of(String id) {
        return root.resolve(id);
    }

    /** Holds off whoever would make or forget a container; makes the root if it is missing. */
    public FileLock lock() throws IOException {
        String lock = root + "/lock";
        try {
            return FileLock.take(lock);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
        Files.createDirectories(root);
        return FileLock.take(lock);
    }

    /** As {@link #lock}, or null if another holds it. */
    public @Nullable FileLock tryLock() throws IOException {
        String lock = root + "/lock";
        try {
            return FileLock.tryTake(lock);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
        Files.createDirectories(root);
        return FileLock.tryTake(lock);
    }

    /** Makes a container's directory and takes its {@code alive} lock; null if it exists. Under {@link #lock}. */
    public @Nullable FileLock reserve(String id) throws IOException {
        String directory = root + "/" + id;
        try {
            FileCalls.mkdirat(AtFlags.AT_FDCWD, directory, 0711);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EEXIST) {
                return null;
            }
            throw e;
        }
        return FileLock.take(directory + "/alive");
    }

    /** One command at a time on a container; null if there is no such container. */
    public @Nullable FileLock lockContainer(String id) throws IOException {
        if (!Files.isDirectory(of(id))) {
            return null;
        }
        try {
            FileLock lock = FileLock.take(of(id) + "/lock");
            if (!Files.exists(of(id).resolve("lock"))) {
                lock.close();
                return null;
            }
            return lock;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return null;
            }
            throw e;
        }
    }

    /** The keeper's lock, which is free only if the keeper is dead; null if it lives or there is no such container. */
    public @Nullable FileLock tryAlive(String id) throws IOException {
        if (!Files.exists(of(id).resolve("alive"))) {
            return null;
        }
        try {
            return FileLock.tryTake(of(id) + "/alive");
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return null;
            }
            throw e;
        }
    }

    /** Names of all containers, complete or not. */
    public List<String> ids() throws IOException {
        List<String> ids = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                if (!name.equals("lock") && !name.equals("ids")) {
                    ids.add(name);
                }
            }
        } catch (NoSuchFileException e) {
            return ids;
        }
        return ids;
    }

    /** What is remembered, or null if nothing is yet. */
    public @Nullable StoredState read(String id) throws IOException {
        byte[] text;
        try {
            text = Files.readAllBytes(of(id).resolve("state.json"));
        } catch (NoSuchFileException e) {
            return null;
        }
        try {
            return StateReader.parse(text);
        } catch (SpecException e) {
            throw new IOException(of(id) + "/state.json is damaged (" + e.getMessage() + ")", e);
        }
    }

    /** Replaces what is remembered, in one step. */
    public void write(StoredState state) throws IOException {
        writeFile(state.id(), "state.json", state.toJson());
    }

    /** Writes a file of a container so that readers see the old or the new one. */
    public void writeFile(String id, String name, String text) throws IOException {
        String target = root + "/" + id + "/" + name;
        String fresh = target + ".new";
        try (OwnedFd file = FileCalls.openat(
                AtFlags.AT_FDCWD,
                fresh,
                OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC | OpenFlags.O_CLOEXEC,
                0600)) {
            FileCalls.writeFully(file.number(), text.getBytes(StandardCharsets.UTF_8));
        }
        FileCalls.renameat2(AtFlags.AT_FDCWD, fresh, AtFlags.AT_FDCWD, target, 0);
    }

    /** Forgets a container, holding off all others meanwhile. */
    public void forget(String id) throws IOException {
        FileLock lock = lock();
        try {
            remove(id);
        } finally {
            lock.close();
        }
    }

    /** Forgets a container: its directory with all in it. Under {@link #lock}. */
    public void remove(String id) throws IOException {
        Path directory = of(id);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                Files.deleteIfExists(entry);
            }
        } catch (NoSuchFileException e) {
            return;
        }
        Files.deleteIfExists(directory);
    }
}
