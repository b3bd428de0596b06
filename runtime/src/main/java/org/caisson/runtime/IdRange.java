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
 */
final class IdRange implements AutoCloseable {
    /** How many ids a container has. */
    static final int SIZE = 65_536;

    /** Above all that {@code /etc/subuid} tools hand out by default (100000 to 600100000), with room for 24000 containers. */
    private static final long FIRST = 0x3000_0000L;

    private static final int RANGES = 24_000;
    private static final String LOCKS = "/run/caisson/ids";

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

    /** A range that no living container has. */
    static IdRange allocate() throws IOException {
        for (int attempt = 0; attempt < 2; attempt++) {
            try {
                return find();
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ENOENT) {
                    throw e;
                }
                Files.createDirectories(Path.of(LOCKS));
            }
        }
        return find();
    }

    private static IdRange find() throws IOException {
        List<long[]> taken = null;
        for (int n = 0; n < RANGES; n++) {
            String path = LOCKS + "/" + n;
            FileLock lock = FileLock.tryTake(path);
            if (lock == null) {
                continue;
            }
            long base = FIRST + (long) n * SIZE;
            if (taken == null) {
                taken = subordinate();
            }
            if (!isSame(lock, path) || overlaps(base, taken)) {
                lock.close();
                continue;
            }
            return new IdRange(base, path, lock);
        }
        throw new ContainerException("all " + RANGES + " ranges of user ids are in use: stop a container");
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

    /** Removes the files of ranges whose owners died. */
    static void sweep() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(LOCKS))) {
            for (Path file : files) {
                FileLock lock = FileLock.tryTake(file.toString());
                if (lock != null) {
                    new IdRange(0, file.toString(), lock).close();
                }
            }
        } catch (NoSuchFileException e) {
            // No container has ever been made.
        }
    }

    /** Gives the range back. The file goes while the lock is held. */
    @Override
    public void close() {
        try {
            FileCalls.unlinkat(AtFlags.AT_FDCWD, path, 0);
        } catch (ErrnoException e) {
            // It stays as an empty file that the next owner takes.
        }
        lock.close();
    }
}
