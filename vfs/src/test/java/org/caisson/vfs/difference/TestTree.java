package org.caisson.vfs.difference;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;

/** A tree with the operations that tests do, as root, on paths of which each char is a byte. */
public final class TestTree {
    /** Waits for nobody at a named pipe. */
    private static final int WRITE = OpenFlags.O_WRONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_NONBLOCK;

    private final VirtualFileSystem vfs;
    private final VirtualDentry top;
    private final Credentials root = Credentials.root().withUmask(0);
    private final PathOperation one = new PathOperation();
    private final PathOperation other = new PathOperation();
    private final SetStat change = new SetStat();

    public TestTree(VirtualFileSystem vfs, VirtualDentry top) {
        this.vfs = vfs;
        this.top = top;
    }

    public Subtree subtree() {
        return new Subtree(vfs, root, top);
    }

    /** A directory beneath as a tree of its own. */
    public TestTree in(String path) throws ErrnoException {
        return new TestTree(vfs, vfs.lookup(root, at(path)));
    }

    PathOperation at(String path) {
        return at(one, path);
    }

    private PathOperation at(PathOperation operation, String path) {
        operation.root(top).start(top);
        byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
        return path.isEmpty() ? operation.itself(top) : operation.path(bytes, bytes.length);
    }

    public TestTree mkdir(String path) throws ErrnoException {
        vfs.mkdir(root, at(path), 0755);
        return this;
    }

    public TestTree mknod(String path, int mode, long device) throws ErrnoException {
        vfs.mknod(root, at(path), mode, device);
        return this;
    }

    public TestTree symlink(String path, String target) throws ErrnoException {
        vfs.symlink(root, at(path), MemorySegment.ofArray(target.getBytes(StandardCharsets.ISO_8859_1)));
        return this;
    }

    public TestTree link(String from, String to) throws ErrnoException {
        vfs.link(root, at(from), at(other, to));
        return this;
    }

    public TestTree rename(String from, String to) throws ErrnoException {
        vfs.rename(root, at(from), at(other, to), 0);
        return this;
    }

    /** Removes a name, of a directory with all beneath. */
    public TestTree remove(String path) throws ErrnoException {
        if (stat(path).isDirectory()) {
            for (String name : list(path)) {
                remove(path + "/" + name);
            }
            vfs.rmdir(root, at(path));
        } else {
            vfs.unlink(root, at(path));
        }
        return this;
    }

    /** Makes a file of a text, or gives a file that is there another content. */
    public TestTree write(String path, String content) throws ErrnoException {
        byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
        int flags = WRITE | OpenFlags.O_CREAT | OpenFlags.O_TRUNC;
        try (FileDescription file = vfs.open(root, at(path), new OpenOptions(flags, 0644))) {
            file.write(MemorySegment.ofArray(bytes), 0);
        }
        return this;
    }

    public TestTree writeAt(String path, long offset, byte[] bytes) throws ErrnoException {
        try (FileDescription file = vfs.open(root, at(path), new OpenOptions(WRITE, 0))) {
            file.write(MemorySegment.ofArray(bytes), offset);
        }
        return this;
    }

    public TestTree truncate(String path, long size) throws ErrnoException {
        change.clear();
        change.mask = SetStat.SIZE;
        change.size = size;
        vfs.setStat(root, at(path), change);
        return this;
    }

    public TestTree chmod(String path, int mode) throws ErrnoException {
        change.clear();
        change.mask = SetStat.MODE;
        change.mode = mode;
        vfs.setStat(root, at(path), change);
        return this;
    }

    public TestTree chown(String path, int uid, int gid) throws ErrnoException {
        change.clear();
        change.mask = SetStat.UID | SetStat.GID;
        change.uid = uid;
        change.gid = gid;
        vfs.setStat(root, at(path), change);
        return this;
    }

    public TestTree times(String path, long seconds, int nanos) throws ErrnoException {
        change.clear();
        change.mask = SetStat.ACCESS_TIME | SetStat.MODIFY_TIME;
        change.accessSeconds = seconds;
        change.modifySeconds = seconds;
        change.accessNanos = nanos;
        change.modifyNanos = nanos;
        vfs.setStat(root, at(path), change);
        return this;
    }

    /** Gives all files one time. */
    public TestTree allTimes(long seconds) throws ErrnoException {
        return allTimes("", seconds);
    }

    private TestTree allTimes(String path, long seconds) throws ErrnoException {
        if (stat(path).isDirectory()) {
            for (String name : list(path)) {
                allTimes(path.isEmpty() ? name : path + "/" + name, seconds);
            }
        }
        return times(path, seconds, 0);
    }

    public TestTree setXattr(String path, String name, byte[] value) throws ErrnoException {
        vfs.setXattr(root, at(path), Name.of(name), MemorySegment.ofArray(value), 0);
        return this;
    }

    public TestTree removeXattr(String path, String name) throws ErrnoException {
        vfs.removeXattr(root, at(path), Name.of(name));
        return this;
    }

    public List<String> listXattr(String path) throws ErrnoException {
        byte[] list = new byte[1 << 16];
        int length = (int) vfs.listXattr(root, at(path), MemorySegment.ofArray(list));
        String text = new String(list, 0, length, StandardCharsets.ISO_8859_1);
        return text.isEmpty() ? List.of() : List.of(text.split("\0"));
    }

    public byte[] getXattr(String path, String name) throws ErrnoException {
        byte[] value = new byte[1 << 16];
        int length = (int) vfs.getXattr(root, at(path), Name.of(name), MemorySegment.ofArray(value));
        return Arrays.copyOf(value, length);
    }

    public Stat stat(String path) throws ErrnoException {
        Stat stat = new Stat();
        vfs.stat(root, at(path), stat);
        return stat;
    }

    public String readlink(String path) throws ErrnoException {
        byte[] target = new byte[4096];
        int length = vfs.readlink(root, at(path), MemorySegment.ofArray(target));
        return new String(target, 0, length, StandardCharsets.ISO_8859_1);
    }

    public byte[] read(String path) throws ErrnoException {
        byte[] content = new byte[(int) stat(path).size];
        try (FileDescription file =
                vfs.open(root, at(path), new OpenOptions(OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, 0))) {
            MemorySegment target = MemorySegment.ofArray(content);
            for (int done = 0; done < content.length; ) {
                long count = file.read(target, done, content.length - done, done);
                if (count == 0) {
                    break;
                }
                done += (int) count;
            }
        }
        return content;
    }

    /** The names in a directory, sorted. */
    public List<String> list(String path) throws ErrnoException {
        List<String> names = new ArrayList<>();
        try (FileDescription directory =
                vfs.open(root, at(path), new OpenOptions(OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0))) {
            directory.readDirectory(0, (name, inode, type, next) -> {
                String text = new String(name.toByteArray(), StandardCharsets.ISO_8859_1);
                return text.equals(".") || text.equals("..") || names.add(text);
            });
        }
        names.sort(null);
        return names;
    }

    /** The paths of all files beneath the top. */
    public List<String> paths() throws ErrnoException {
        List<String> paths = new ArrayList<>();
        addPaths("", paths);
        return paths;
    }

    private void addPaths(String directory, List<String> paths) throws ErrnoException {
        for (String name : list(directory)) {
            String path = directory.isEmpty() ? name : directory + "/" + name;
            paths.add(path);
            if (stat(path).isDirectory()) {
                addPaths(path, paths);
            }
        }
    }
}
