package org.caisson.vfs.erofs;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;

/** A tree seen through our reader. */
final class OurView {
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final Credentials root = Credentials.root();
    private final PathOperation operation = new PathOperation();
    private final VirtualDentry top;
    private final ImageFacts facts = new ImageFacts();
    private final byte[] buffer = new byte[1 << 16];

    OurView(ErofsFileSystem image) {
        top = vfs.newMountNamespace(image).root();
    }

    ImageFacts facts() throws Exception {
        add("");
        return facts;
    }

    PathOperation at(String path) {
        byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
        operation.root(top).start(top);
        return path.isEmpty() ? operation.itself(top) : operation.path(bytes, bytes.length);
    }

    private void add(String path) throws Exception {
        Stat stat = new Stat();
        vfs.stat(root, at(path), stat);
        ImageFacts.Line line = new ImageFacts.Line()
                .stat(
                        stat.mode,
                        stat.inode,
                        stat.links,
                        stat.uid,
                        stat.gid,
                        stat.size,
                        stat.blocks,
                        stat.blockSize,
                        stat.rdev)
                .time("access", stat.accessSeconds, stat.accessNanos)
                .time("modify", stat.modifySeconds, stat.modifyNanos)
                .time("change", stat.changeSeconds, stat.changeNanos)
                .time("birth", stat.birthSeconds, stat.birthNanos);
        addAttributes(path, line);
        List<String> names = List.of();
        switch (stat.mode & StatMode.S_IFMT) {
            case StatMode.S_IFLNK -> {
                int length = vfs.readlink(root, at(path), MemorySegment.ofArray(buffer));
                line.target(Arrays.copyOf(buffer, length));
            }
            case StatMode.S_IFREG -> addData(path, line);
            case StatMode.S_IFDIR -> names = addEntries(path, line);
            default -> {}
        }
        facts.add(path, line);
        for (String name : names) {
            add(path.isEmpty() ? name : path + "/" + name);
        }
    }

    private void addAttributes(String path, ImageFacts.Line line) throws ErrnoException {
        int length = (int) vfs.listXattr(root, at(path), MemorySegment.ofArray(buffer));
        String text = new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
        for (String name : ImageFacts.sorted(text)) {
            byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
            int size =
                    (int) vfs.getXattr(root, at(path), Name.of(bytes, 0, bytes.length), MemorySegment.ofArray(buffer));
            line.attribute(name, Arrays.copyOf(buffer, size));
        }
    }

    private FileDescription open(String path, int flags) throws ErrnoException {
        return vfs.open(root, at(path), new OpenOptions(flags, 0));
    }

    private void addData(String path, ImageFacts.Line line) throws Exception {
        try (FileDescription file = open(path, OpenFlags.O_RDONLY)) {
            long hash = 0;
            long at = 0;
            while (true) {
                int count = (int) file.read(MemorySegment.ofArray(buffer), at);
                if (count == 0) {
                    break;
                }
                hash = ImageFacts.hash(hash, buffer, count);
                at += count;
            }
            line.data(hash, ImageFacts.borders((offset, hole) -> seek(file, offset, hole)));
        }
    }

    private static long seek(FileDescription file, long offset, boolean hole) {
        try {
            return file.seek(offset, hole ? FileDescription.SEEK_HOLE : FileDescription.SEEK_DATA);
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }

    private List<String> addEntries(String path, ImageFacts.Line line) throws ErrnoException {
        List<String> entries = new ArrayList<>();
        List<String> names = new ArrayList<>();
        try (FileDescription directory = open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY)) {
            directory.readDirectory(0, (name, inode, type, next) -> {
                String text = new String(name.toByteArray(), StandardCharsets.ISO_8859_1);
                entries.add(ImageFacts.entry(text, inode, type, next));
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT)) {
                    names.add(text);
                }
                return true;
            });
        }
        line.entries(entries);
        return names;
    }
}
