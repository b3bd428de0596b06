package org.caisson.vfs.erofs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.DataCalls;
import org.caisson.linux.DirectoryEntries;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.StatMode;
import org.caisson.linux.Statx;
import org.caisson.linux.XattrCalls;

/** A tree seen through system calls. */
final class KernelView {
    private final String top;
    private final ImageFacts facts = new ImageFacts();

    KernelView(String top) {
        this.top = top;
    }

    ImageFacts facts() throws Exception {
        add("");
        return facts;
    }

    private static MemorySegment string(Arena arena, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        MemorySegment string = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, string, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return string;
    }

    private void add(String path) throws Exception {
        List<String> names = List.of();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment whole = string(arena, path.isEmpty() ? top : top + "/" + path);
            Statx stat = Statx.allocate(arena);
            FileCalls.statx(
                    AtFlags.AT_FDCWD,
                    whole,
                    AtFlags.AT_SYMLINK_NOFOLLOW,
                    Statx.STATX_BASIC_STATS | Statx.STATX_BTIME,
                    stat);
            long device = FileCalls.deviceNumber(stat.deviceNumberMajor(), stat.deviceNumberMinor());
            ImageFacts.Line line = new ImageFacts.Line()
                    .stat(
                            stat.mode(),
                            stat.inode(),
                            stat.links(),
                            stat.uid(),
                            stat.gid(),
                            stat.size(),
                            stat.blocks(),
                            stat.blockSize(),
                            device)
                    .time("access", stat.accessSeconds(), stat.accessNanos())
                    .time("modify", stat.modificationSeconds(), stat.modificationNanos())
                    .time("change", stat.changeSeconds(), stat.changeNanos())
                    .time("birth", stat.birthSeconds(), stat.birthNanos());
            addAttributes(arena, whole, line);
            switch (stat.mode() & StatMode.S_IFMT) {
                case StatMode.S_IFLNK -> line.target(FileCalls.readlinkat(AtFlags.AT_FDCWD, whole));
                case StatMode.S_IFREG -> addData(arena, whole, line);
                case StatMode.S_IFDIR -> names = addEntries(arena, whole, line);
                default -> {}
            }
            facts.add(path, line);
        }
        for (String name : names) {
            add(path.isEmpty() ? name : path + "/" + name);
        }
    }

    private static void addAttributes(Arena arena, MemorySegment path, ImageFacts.Line line) throws Exception {
        int flags = OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC;
        try (OwnedFd file = FileCalls.openat(AtFlags.AT_FDCWD, path, flags, 0)) {
            MemorySegment itself = string(arena, "/proc/self/fd/" + file.number());
            MemorySegment list = arena.allocate(1 << 16);
            long length = XattrCalls.listxattr(itself, list);
            if (length < 0) {
                throw ErrnoException.ofResult(length, "listxattr");
            }
            byte[] names = list.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
            String text = new String(names, StandardCharsets.ISO_8859_1);
            MemorySegment value = arena.allocate(1 << 16);
            for (String name : ImageFacts.sorted(text)) {
                long size = XattrCalls.getxattr(itself, string(arena, name), value);
                if (size < 0) {
                    throw ErrnoException.ofResult(size, "getxattr " + name);
                }
                line.attribute(name, value.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    private static void addData(Arena arena, MemorySegment path, ImageFacts.Line line) throws Exception {
        try (OwnedFd file = FileCalls.openat(AtFlags.AT_FDCWD, path, OpenFlags.O_RDONLY, 0)) {
            MemorySegment buffer = arena.allocate(1 << 16);
            byte[] bytes = new byte[1 << 16];
            long hash = 0;
            long at = 0;
            while (true) {
                int count = (int) FileCalls.pread(file.number(), buffer, at);
                if (count == 0) {
                    break;
                }
                MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, 0, count);
                hash = ImageFacts.hash(hash, bytes, count);
                at += count;
            }
            line.data(
                    hash,
                    ImageFacts.borders((offset, hole) ->
                            DataCalls.lseek(file.number(), offset, hole ? DataCalls.SEEK_HOLE : DataCalls.SEEK_DATA)));
        }
    }

    private static List<String> addEntries(Arena arena, MemorySegment path, ImageFacts.Line line) throws Exception {
        List<String> entries = new ArrayList<>();
        List<String> names = new ArrayList<>();
        try (OwnedFd directory =
                FileCalls.openat(AtFlags.AT_FDCWD, path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0)) {
            MemorySegment buffer = arena.allocate(1 << 15, 8);
            while (true) {
                DirectoryEntries read = new DirectoryEntries(buffer, FileCalls.getdents(directory.number(), buffer));
                if (!read.next()) {
                    break;
                }
                do {
                    String name = new String(read.name(), StandardCharsets.ISO_8859_1);
                    entries.add(ImageFacts.entry(name, read.inode(), read.type(), read.offset()));
                    if (!name.equals(".") && !name.equals("..")) {
                        names.add(name);
                    }
                } while (read.next());
            }
        }
        line.entries(entries);
        return names;
    }
}
