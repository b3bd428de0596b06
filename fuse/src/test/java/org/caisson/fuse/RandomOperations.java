package org.caisson.fuse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.caisson.linux.AtFlags;
import org.caisson.linux.DirectoryEntries;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.StatMode;
import org.caisson.linux.Statx;
import org.caisson.linux.XattrCalls;

/** A seeded sequence of system calls on a directory, each with its outcome as text. */
final class RandomOperations {
    private static final List<String> NAMES =
            List.of("a", "b", "c", "d", "e", "a-rather-long-name-of-a-file-in-a-tree");
    private static final int MOST = 20_000;

    private final int directory;
    private final Random random;
    private final MemorySegment buffer;
    private final Statx statx;

    RandomOperations(int directory, Random random, Arena arena) {
        this.directory = directory;
        this.random = random;
        this.buffer = arena.allocate(MOST * 2);
        this.statx = Statx.allocate(arena);
    }

    /** Does one operation; the result tells what it was and how it ended. */
    String next() {
        String path = path();
        int kind = random.nextInt(20);
        StringBuilder told =
                new StringBuilder().append(kind).append(' ').append(path).append(' ');
        // All choices are made before the operation, so that both sides draw alike whatever the outcome.
        String other = path();
        int number = random.nextInt(MOST);
        int small = random.nextInt(4);
        byte[] data = new byte[random.nextInt(MOST)];
        Arrays.fill(data, (byte) ('a' + small));
        try {
            told.append(run(kind, path, other, number, small, data)).append(" ok");
        } catch (ErrnoException e) {
            told.append(e.errno());
        }
        return told.toString();
    }

    private String path() {
        StringBuilder path = new StringBuilder(NAMES.get(random.nextInt(NAMES.size())));
        for (int depth = random.nextInt(3); depth > 0; depth--) {
            path.append('/').append(NAMES.get(random.nextInt(NAMES.size())));
        }
        return path.toString();
    }

    private String run(int kind, String path, String other, int number, int small, byte[] data) throws ErrnoException {
        switch (kind) {
            case 0, 1, 2 -> FileCalls.mkdirat(directory, path, 0700 + small);
            case 3 -> FileCalls.unlinkat(directory, path, AtFlags.AT_REMOVEDIR);
            case 4 -> FileCalls.unlinkat(directory, path, 0);
            case 5, 6, 7 -> {
                return write(path, OpenFlags.O_CREAT | (small == 0 ? OpenFlags.O_EXCL : 0), number, data);
            }
            case 8 -> {
                return write(path, small < 2 ? OpenFlags.O_TRUNC : OpenFlags.O_APPEND, 0, data);
            }
            case 9, 10 -> FileCalls.renameat2(directory, path, directory, other, small == 3 ? 0 : small);
            case 11 -> FileCalls.linkat(directory, path, directory, other, 0);
            case 12 -> FileCalls.symlinkat(other, directory, path);
            case 13 -> FileCalls.mknodat(directory, path, StatMode.S_IFIFO | 0600, 0);
            case 14 -> FileCalls.fchmodat(directory, path, 0600 + small, 0);
            case 15 -> FileCalls.fchownat(directory, path, number, small, AtFlags.AT_SYMLINK_NOFOLLOW);
            case 16 -> {
                return truncate(path, number, small);
            }
            case 17 -> {
                return attributes(path, number, small);
            }
            case 18 -> {
                return new String(FileCalls.readlinkat(directory, path), StandardCharsets.UTF_8);
            }
            default -> {
                return describe(path);
            }
        }
        return "";
    }

    private String write(String path, int flags, int offset, byte[] data) throws ErrnoException {
        try (OwnedFd fd = open(path, OpenFlags.O_RDWR | flags)) {
            MemorySegment.copy(data, 0, buffer, ValueLayout.JAVA_BYTE, 0, data.length);
            return "" + FileCalls.pwrite(fd.number(), buffer.asSlice(0, data.length), offset);
        }
    }

    private String truncate(String path, int number, int small) throws ErrnoException {
        try (OwnedFd fd = open(path, OpenFlags.O_RDWR)) {
            switch (small) {
                case 0 -> FileCalls.ftruncate(fd.number(), number);
                case 1 -> FileCalls.fallocate(fd.number(), 0, number, 100);
                // FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
                case 2 -> FileCalls.fallocate(fd.number(), 3, number, 1000);
                default -> FileCalls.fsync(fd.number());
            }
            return "";
        }
    }

    private String attributes(String path, int number, int small) throws ErrnoException {
        try (OwnedFd fd = open(path, OpenFlags.O_RDONLY)) {
            String name = "user." + NAMES.get(number % NAMES.size());
            switch (small) {
                case 0, 1 -> XattrCalls.fsetxattr(fd.number(), name, new byte[number % 100], small);
                case 2 -> XattrCalls.fremovexattr(fd.number(), name);
                default -> {
                    return XattrCalls.fgetxattr(fd.number(), name).length + " "
                            + new TreeSet<>(XattrCalls.flistxattr(fd.number()));
                }
            }
            return "";
        }
    }

    /** Without waiting for the other end of a pipe. */
    private OwnedFd open(String path, int flags) throws ErrnoException {
        return FileCalls.openat(directory, path, flags | OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC, 0640);
    }

    /** What stat tells of a file, and a sum of its content. */
    private String describe(String path) throws ErrnoException {
        FileCalls.statx(directory, path, AtFlags.AT_SYMLINK_NOFOLLOW, Statx.STATX_BASIC_STATS, statx);
        int mode = statx.mode();
        String told = Integer.toOctalString(mode) + " " + statx.links() + " " + statx.uid() + ":" + statx.gid();
        if (StatMode.isDirectory(mode)) {
            return told;
        }
        told += " " + statx.size();
        return StatMode.isRegular(mode) ? told + " " + content(path) : told;
    }

    private int content(String path) throws ErrnoException {
        try (OwnedFd fd = open(path, OpenFlags.O_RDONLY)) {
            long length = FileCalls.pread(fd.number(), buffer, 0);
            return Arrays.hashCode(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /** All files, sorted, with what is known of each. */
    String tree() throws ErrnoException {
        StringBuilder tree = new StringBuilder();
        list("", tree);
        return tree.toString();
    }

    private void list(String prefix, StringBuilder tree) throws ErrnoException {
        TreeSet<String> names = new TreeSet<>();
        String path = prefix.isEmpty() ? "." : prefix;
        try (OwnedFd fd = open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY)) {
            for (long length = FileCalls.getdents(fd.number(), buffer); length > 0; ) {
                DirectoryEntries entries = new DirectoryEntries(buffer, length);
                while (entries.next()) {
                    names.add(new String(entries.name(), StandardCharsets.UTF_8));
                }
                length = FileCalls.getdents(fd.number(), buffer);
            }
        }
        for (String name : names) {
            if (name.equals(".") || name.equals("..")) {
                continue;
            }
            String below = prefix.isEmpty() ? name : prefix + "/" + name;
            String told = describe(below);
            tree.append(below).append(' ').append(told).append('\n');
            if (told.startsWith("4")) {
                list(below, tree);
            }
        }
    }
}
