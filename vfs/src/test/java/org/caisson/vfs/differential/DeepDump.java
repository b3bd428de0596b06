package org.caisson.vfs.differential;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;

/** All that can be seen of a tree, as text that is the same for a copy that is exact to the inode number and the cookie. */
public final class DeepDump {
    private static final int ROOM = 1 << 17;
    private static final int READ = OpenFlags.O_RDONLY | OpenFlags.O_NOATIME | OpenFlags.O_NOFOLLOW;

    private final Credentials root = Credentials.root();
    private final VirtualFileSystem vfs;
    private final VirtualDentry top;
    private final MemorySegment buffer = MemorySegment.ofArray(new byte[ROOM]);
    private final StringBuilder out = new StringBuilder();

    private DeepDump(VirtualFileSystem vfs, VirtualDentry top) {
        this.vfs = vfs;
        this.top = top;
    }

    /** Symbolic links are read, which may change their access time: the second dump of the same is not changed by the first. */
    public static String of(VirtualFileSystem vfs, VirtualDentry top) throws ErrnoException {
        DeepDump dump = new DeepDump(vfs, top);
        dump.visit("/");
        FileSystemStatistics statistics = new FileSystemStatistics();
        vfs.statfs(dump.root, dump.at("/"), statistics);
        dump.out.append("statfs ").append(statistics.blocks).append(' ').append(statistics.blocksFree);
        dump.out.append(' ').append(statistics.files).append(' ').append(statistics.filesFree);
        return dump.out.toString();
    }

    private PathOperation at(String path) {
        return new PathOperation().root(top).start(top).path(path).followFinal(false);
    }

    private void visit(String path) throws ErrnoException {
        Stat stat = new Stat();
        vfs.stat(root, at(path), stat);
        describe(path, stat);
        xattrs(path);
        List<String> below = List.of();
        if (stat.isRegular()) {
            content(path);
        } else if (stat.isSymlink()) {
            int length = vfs.readlink(root, at(path), buffer);
            out.append("\n  to ").append(text(length));
        } else if (stat.isDirectory()) {
            below = list(path);
        }
        out.append('\n');
        for (String name : below) {
            visit(path.equals("/") ? "/" + name : path + "/" + name);
        }
    }

    private String text(int length) {
        return new String(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private void describe(String path, Stat stat) {
        out.append(path).append(" #").append(stat.inode);
        out.append(" mode ")
                .append(Integer.toOctalString(stat.mode))
                .append(" links ")
                .append(stat.links);
        out.append(" owner ").append(stat.uid).append(':').append(stat.gid);
        out.append(" size ").append(stat.size).append(" blocks ").append(stat.blocks);
        out.append(" device ").append(stat.rdev);
        out.append(" atime ").append(stat.accessSeconds).append('.').append(stat.accessNanos);
        out.append(" mtime ").append(stat.modifySeconds).append('.').append(stat.modifyNanos);
        out.append(" ctime ").append(stat.changeSeconds).append('.').append(stat.changeNanos);
        out.append(" btime ").append(stat.birthSeconds).append('.').append(stat.birthNanos);
    }

    private void xattrs(String path) throws ErrnoException {
        int length = (int) vfs.listXattr(root, at(path), buffer);
        if (length == 0) {
            return;
        }
        for (String name : text(length).split("\0", -1)) {
            if (name.isEmpty()) {
                continue;
            }
            int size = (int) vfs.getXattr(root, at(path), Name.of(name), buffer);
            byte[] value = buffer.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
            out.append("\n  ").append(name).append('=').append(HexFormat.of().formatHex(value));
        }
    }

    private void content(String path) throws ErrnoException {
        try (FileDescription file = vfs.open(root, at(path), new OpenOptions(READ, 0))) {
            long at = seek(file, 0, FileDescription.SEEK_DATA);
            while (at >= 0) {
                long end = seek(file, at, FileDescription.SEEK_HOLE);
                out.append("\n  data ").append(at).append('-').append(end);
                out.append(' ').append(Long.toHexString(sum(file, at, end)));
                at = seek(file, end, FileDescription.SEEK_DATA);
            }
        }
    }

    private static long seek(FileDescription file, long from, int whence) throws ErrnoException {
        try {
            return file.seek(from, whence);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENXIO) {
                return -1;
            }
            throw e;
        }
    }

    private long sum(FileDescription file, long from, long end) throws ErrnoException {
        CRC32 crc = new CRC32();
        long at = from;
        while (at < end) {
            int count = (int) file.read(buffer, 0, Math.min(ROOM, end - at), at);
            crc.update(buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
            at += count;
        }
        return crc.getValue();
    }

    private List<String> list(String path) throws ErrnoException {
        List<String> names = new ArrayList<>();
        try (FileDescription directory = vfs.open(root, at(path), new OpenOptions(READ | OpenFlags.O_DIRECTORY, 0))) {
            directory.readDirectory(0, (name, inode, type, next) -> {
                out.append("\n  ")
                        .append(name)
                        .append(" #")
                        .append(inode)
                        .append(' ')
                        .append(type);
                out.append(" then ").append(next);
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT)) {
                    names.add(name.toString());
                }
                return true;
            });
        }
        return names;
    }
}
