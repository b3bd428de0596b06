package org.caisson.runtime;

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
import org.caisson.runtime.state.FileLock;
import org.jspecify.annotations.Nullable;

/**
 * 65536 user and group ids of the host that one container has for itself as long as it lives. The lock that guards a range
 * lies at one place for the whole host, so that runtimes with different roots agree too.
 *
 * <p>A range is taken while its file is locked, and for as long as the container's directory is there whose path the file
 * holds: if a keeper dies its lock goes, but its processes may go on until the container is cleared away.
 *
 * <p>What other programs use is known by {@code /etc/subuid} and {@code /etc/subgid} only. The maps of all living user
 * namespaces are not looked at: that reads a file a process, more than the rest of a start.
 */
final class IdRange implements AutoCloseable {
    /** How many ids a container has. */
    static final int SIZE = 65_536;

    /**
     * Ranges come from here first: above what {@code /etc/subuid} tools hand out by default (100000 to 600100000) and
     * systemd-nspawn's 0x80000 to 0x6fffffff, below systemd's foreign range at 0x7ffe0000 and below 2^31, where some
     * programs take an id for negative.
     */
    private static final long FIRST = 0x7000_0000L;

    private static final long END = 0x7ffe_0000L;

    /** When those are used up, from here on up to {@link #FIRST}. */
    private static final long SECOND = 0x3000_0000L;

    private static final int PREFERRED = (int) ((END - FIRST) / SIZE);
    private static final int RANGES = PREFERRED + (int) ((FIRST - SECOND) / SIZE);

    /** As many locks are held for ids that a specification names; each is a descriptor. */
    private static final int MOST_RESERVED = 256;

    private static final Path LOCKS = Path.of("/run/caisson/ids");

    private final long base;
    private final String path;
    private final FileLock lock;

    private IdRange(long base, String path, FileLock lock) {
        this.base = base;
        this.path = path;
        this.lock = lock;
    }

    /** The host's id of the container's id 0. */
    long base() {
        return base;
    }

    /** A range that no living container has, for the one with this directory. */
    static IdRange allocate(Path container) throws IOException {
        for (int attempt = 0; attempt < 2; attempt++) {
            try {
                return find(container);
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ENOENT) {
                    throw e;
                }
                Files.createDirectories(LOCKS);
            }
        }
        return find(container);
    }

    private static IdRange find(Path container) throws IOException {
        List<long[]> taken = null;
        for (int n = 0; n < RANGES; n++) {
            String path = LOCKS + "/" + n;
            FileLock lock = FileLock.tryTake(path);
            if (lock == null) {
                continue;
            }
            long base = base(n);
            if (taken == null) {
                taken = subordinate();
            }
            if (!isSame(lock, path) || overlaps(base, taken) || isNeeded(lock)) {
                lock.close();
                continue;
            }
            name(lock, container);
            return new IdRange(base, path, lock);
        }
        throw new ContainerException("all " + RANGES + " ranges of user ids are in use: stop a container");
    }

    private static long base(int n) {
        return n < PREFERRED ? FIRST + (long) n * SIZE : SECOND + (long) (n - PREFERRED) * SIZE;
    }

    /** Whether a container that was to have the range is still to be cleared away. */
    private static boolean isNeeded(FileLock lock) throws IOException {
        String container = container(lock);
        return !container.isEmpty() && Files.exists(Path.of(container));
    }

    private static void name(FileLock lock, Path container) throws ErrnoException {
        int file = lock.file().number();
        FileCalls.ftruncate(file, 0);
        FileCalls.lseek(file, 0, FileCalls.SEEK_SET);
        FileCalls.writeFully(file, container.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String container(FileLock lock) throws IOException {
        FileCalls.lseek(lock.file().number(), 0, FileCalls.SEEK_SET);
        return new String(FileCalls.readAll(lock.file().number()), StandardCharsets.UTF_8);
    }

    /** The last owner removes the file: what was locked may be gone by now. */
    private static boolean isSame(FileLock lock, String path) throws ErrnoException {
        long held = FileInfo.of(lock.file()).inode();
        try {
            return held == FileInfo.of(path).inode();
        } catch (ErrnoException e) {
            return false;
        }
    }

    private static boolean overlaps(long base, List<long[]> ranges) {
        for (long[] range : ranges) {
            if (base < range[0] + range[1] && range[0] < base + SIZE) {
                return true;
            }
        }
        return false;
    }

    /** The ranges of subuid(5) and subgid(5). */
    private static List<long[]> subordinate() throws IOException {
        List<long[]> ranges = new ArrayList<>();
        for (String file : new String[] {"/etc/subuid", "/etc/subgid"}) {
            String text = readIfThere(file);
            if (text == null) {
                continue;
            }
            int from = 0;
            while (from < text.length()) {
                int newline = text.indexOf('\n', from);
                int to = newline < 0 ? text.length() : newline;
                int first = text.indexOf(':', from);
                int second = first < 0 ? -1 : text.indexOf(':', first + 1);
                if (second > 0 && second < to) {
                    long start = Numbers.parse(text.substring(first + 1, second));
                    long count = Numbers.parse(text.substring(second + 1, to));
                    if (start >= 0 && count > 0) {
                        ranges.add(new long[] {start, count});
                    }
                }
                from = to + 1;
            }
        }
        return ranges;
    }

    private static @Nullable String readIfThere(String file) throws IOException {
        try {
            return new String(FileCalls.readFile(file), StandardCharsets.UTF_8);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return null;
            }
            throw e;
        }
    }

    /** Removes the files of ranges whose owners died and were cleared away. */
    static void sweep() throws IOException {
        sweep(null);
    }

    /** Gives back what a container had that was cleared away, though its directory stays. */
    static void release(Path container) throws IOException {
        sweep(container.toString());
    }

    private static void sweep(@Nullable String cleared) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(LOCKS)) {
            for (Path file : files) {
                sweep(file.toString(), cleared);
            }
        } catch (NoSuchFileException e) {
            // No container has ever been made.
        }
    }

    private static void sweep(String path, @Nullable String cleared) throws IOException {
        FileLock lock;
        try {
            lock = FileLock.tryTakeExisting(path);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return;
            }
            throw e;
        }
        if (lock == null) {
            return;
        }
        // The name may stand for a new file, whose owner would share his range if it went.
        if (isSame(lock, path) && (container(lock).equals(cleared) || !isNeeded(lock))) {
            new IdRange(0, path, lock).close();
        } else {
            lock.close();
        }
    }

    /**
     * The locks of all ranges that hold one of these ids, shared with others who were given the same ids, so that no
     * container gets them for itself meanwhile.
     */
    static List<FileLock> reserve(long start, long count) throws IOException {
        List<FileLock> locks = new ArrayList<>();
        try {
            for (int n = 0; n < RANGES; n++) {
                long base = base(n);
                if (start < base + SIZE && base < start + count) {
                    if (locks.size() == MOST_RESERVED) {
                        throw new ContainerException(
                                ContainerException.Kind.BAD_SPEC,
                                "linux.uidMappings: " + count + " ids from " + start
                                        + " on are too many of those that caisson gives to containers; map fewer");
                    }
                    locks.add(reserve(n, start));
                }
            }
        } catch (IOException e) {
            for (FileLock lock : locks) {
                lock.close();
            }
            throw e;
        }
        return locks;
    }

    private static FileLock reserve(int n, long start) throws IOException {
        Files.createDirectories(LOCKS);
        String path = LOCKS + "/" + n;
        while (true) {
            FileLock lock = FileLock.tryShare(path);
            if (lock != null && !isSame(lock, path)) {
                lock.close();
                continue;
            }
            if (lock != null && !isNeeded(lock)) {
                return lock;
            }
            if (lock != null) {
                lock.close();
            }
            throw new ContainerException(
                    ContainerException.Kind.BAD_SPEC,
                    "linux.uidMappings: the ids from " + start + " on belong to another container; map others");
        }
    }

    /** Leaves it to whoever clears the container away. */
    void leave() {
        lock.close();
    }

    /** Gives the range back. The file goes while the lock is held. */
    @Override
    public void close() {
        try {
            FileCalls.unlinkat(AtFlags.AT_FDCWD, path, 0);
        } catch (ErrnoException e) {
            // It stays as a file that the next owner takes.
        }
        lock.close();
    }
}
