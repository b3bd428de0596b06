package org.caisson.runtime.state;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.Statx;
import org.caisson.runtime.spec.SpecException;
import org.jspecify.annotations.Nullable;

/** The directories of all containers below one root. */
public final class StateDirectory {
    /** Which mounts of images the container's keeper holds. */
    public static final String MOUNTS = "mounts";

    private static final String ALIVE = "alive";

    /** All that a container's directory holds; {@code alive} goes last, for a directory without it is not looked into. */
    private static final List<String> FILES = List.of(
            "state.json",
            "state.json.new",
            "config.json",
            "config.json.new",
            "control.sock",
            "storage",
            "storage.new",
            MOUNTS,
            MOUNTS + ".new",
            ALIVE);

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final Path root;
    private final StateRoot all;

    public StateDirectory(Path root) {
        this.root = root;
        this.all = new StateRoot(root);
    }

    /** What tells a container from all others that ever have its name. */
    public String mark(StoredState state) {
        return of(state.id()) + " " + state.createdMillis() + " " + state.keeper();
    }

    /** Whether the container that has a {@link #mark} still has its keeper, below whatever root it is. */
    public static boolean lives(String mark) throws IOException {
        int keeper = mark.lastIndexOf(' ');
        int created = mark.lastIndexOf(' ', keeper - 1);
        Path directory = Path.of(created < 0 ? "" : mark.substring(0, created));
        Path root = directory.getParent();
        Path id = directory.getFileName();
        if (!directory.isAbsolute() || root == null || id == null) {
            throw new IOException("\"" + mark + "\" is no mark of a container");
        }
        try (FileLock alive = FileLock.tryTakeExisting(directory.resolve(ALIVE).toString())) {
            if (alive != null) {
                return false;
            }
        } catch (ErrnoException e) {
            return switch (e.errno()) {
                case ENOENT, ENOTDIR, ELOOP -> false;
                default -> throw e;
            };
        }
        // Somebody keeps a container there, and may have made it after the one that is meant had gone.
        StateDirectory states = new StateDirectory(root);
        StoredState now = states.read(id.toString());
        return now == null || states.mark(now).equals(mark);
    }

    /** Whether a name has another meaning below a root, so that no container can have it. */
    public static boolean reserves(String name) {
        return StateRoot.reserves(name);
    }

    /** The directory of one container, there or not. */
    public Path of(String id) {
        return root.resolve(id);
    }

    /** Holds off whoever would make or forget a container; makes the root if it is missing. */
    public FileLock lock() throws IOException {
        return all.lock();
    }

    /** As {@link #lock}, or null if another holds it. */
    public @Nullable FileLock tryLock() throws IOException {
        return all.tryLock();
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
        return FileLock.take(directory + "/" + ALIVE);
    }

    /**
     * One command at a time on a container; null if there is no such container. The lock is that of the directory itself,
     * so that it goes with the container and a later one of the same name has its own.
     */
    public @Nullable FileLock lockContainer(String id) throws IOException {
        String directory = root + "/" + id;
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            FileLock lock;
            try {
                lock = FileLock.tryTakeDirectory(directory);
            } catch (ErrnoException e) {
                return switch (e.errno()) {
                    case ENOENT, ENOTDIR, ELOOP -> null;
                    default -> throw e;
                };
            }
            if (lock != null) {
                if (inode(lock.file().number(), "", AtFlags.AT_EMPTY_PATH) == inode(AtFlags.AT_FDCWD, directory, 0)) {
                    return lock;
                }
                // What was locked is gone; another may have been made in its place.
                lock.close();
                continue;
            }
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("another command has been working on it for long: try again when that has ended");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static long inode(int directory, String path, int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            Statx stat = Statx.wrap(scratch.allocate(Statx.SIZE));
            FileCalls.statx(directory, path, flags, Statx.STATX_BASIC_STATS, stat);
            return stat.inode();
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return -1;
            }
            throw e;
        }
    }

    /** The keeper's lock, which is free only if the keeper is dead; null if it lives or there is no such container. */
    public @Nullable FileLock tryAlive(String id) throws IOException {
        return tryAliveAt(root + "/" + id + "/" + ALIVE);
    }

    private static @Nullable FileLock tryAliveAt(String path) throws IOException {
        try {
            return FileLock.tryTakeExisting(path);
        } catch (ErrnoException e) {
            return switch (e.errno()) {
                case ENOENT, ENOTDIR, ELOOP -> null;
                default -> throw e;
            };
        }
    }

    /** The same in the directory that was locked, whatever has its name by now. */
    public @Nullable FileLock tryAlive(FileLock container) throws IOException {
        return tryAliveAt("/proc/self/fd/" + container.file().number() + "/" + ALIVE);
    }

    /** Whether the directory is that of a container: it holds the file of the keeper's lock. */
    public boolean isContainer(String id) {
        return Files.isRegularFile(of(id).resolve(ALIVE), LinkOption.NOFOLLOW_LINKS);
    }

    /** Names of all directories that may be containers, complete or not. */
    public List<String> ids() throws IOException {
        return all.containers();
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
            throw new DamagedStateException(of(id), e);
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
                OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC,
                0600)) {
            FileCalls.writeFully(file.number(), text.getBytes(StandardCharsets.UTF_8));
        }
        FileCalls.renameat2(AtFlags.AT_FDCWD, fresh, AtFlags.AT_FDCWD, target, 0);
    }

    /** Forgets a container, holding off all others meanwhile. */
    public void forget(String id) throws IOException {
        // It may take long, and others need not wait.
        LayerStorage.remove(of(id));
        FileLock lock = lock();
        try {
            remove(id);
        } finally {
            lock.close();
        }
    }

    /**
     * Forgets a container: its directory with all that we put there. Anything else in it is not ours, and stays with the
     * directory. Under {@link #lock}.
     */
    public void remove(String id) throws IOException {
        LayerStorage.remove(of(id));
        try (OwnedFd directory = FileCalls.open(
                root + "/" + id,
                OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC)) {
            for (String name : FILES) {
                unlink(directory.number(), name, 0);
            }
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return;
            }
            throw e;
        }
        unlink(AtFlags.AT_FDCWD, root + "/" + id, AtFlags.AT_REMOVEDIR);
    }

    /** Removes a directory whose maker died before there was anything in it. Under {@link #lock}. */
    public void removeEmpty(String id) throws IOException {
        try {
            unlink(AtFlags.AT_FDCWD, root + "/" + id, AtFlags.AT_REMOVEDIR);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOTEMPTY) {
                throw e;
            }
        }
    }

    private static void unlink(int directory, String name, int flags) throws ErrnoException {
        try {
            FileCalls.unlinkat(directory, name, flags);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }
}
