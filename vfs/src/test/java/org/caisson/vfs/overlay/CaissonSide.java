package org.caisson.vfs.overlay;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.caisson.linux.Errno;
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
import org.jspecify.annotations.Nullable;

/** A directory of the virtual file system. */
final class CaissonSide implements TreeSide {
    private final VirtualFileSystem vfs;
    private final VirtualDentry top;
    private final PathOperation one = new PathOperation();
    private final PathOperation other = new PathOperation();
    private final @Nullable FileDescription[] held = new FileDescription[Step.SLOTS];
    private Credentials credentials = Credentials.root();

    CaissonSide(VirtualFileSystem vfs, VirtualDentry top) {
        this.vfs = vfs;
        this.top = top;
    }

    VirtualFileSystem vfs() {
        return vfs;
    }

    VirtualDentry top() {
        return top;
    }

    /** A directory beneath, as a tree of its own. */
    CaissonSide in(String path) throws ErrnoException {
        return new CaissonSide(vfs, vfs.lookup(Credentials.root(), at(path)));
    }

    private PathOperation at(String path) {
        return at(one, path);
    }

    private PathOperation at(PathOperation operation, String path) {
        operation.root(top).start(top);
        return path.isEmpty() ? operation.itself(top) : operation.path(path);
    }

    @Override
    public void actAs(int uid) {
        credentials = uid == 0 ? Credentials.root() : Credentials.of(uid, uid);
    }

    @Override
    public void mkdir(String path, int mode) throws ErrnoException {
        vfs.mkdir(credentials, at(path), mode);
    }

    @Override
    public void mknod(String path, int mode, long device) throws ErrnoException {
        vfs.mknod(credentials, at(path), mode, device);
    }

    @Override
    public void symlink(String target, String path) throws ErrnoException {
        vfs.symlink(credentials, at(path), MemorySegment.ofArray(target.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void link(String from, String to) throws ErrnoException {
        vfs.link(credentials, at(from), at(other, to));
    }

    @Override
    public void unlink(String path) throws ErrnoException {
        vfs.unlink(credentials, at(path));
    }

    @Override
    public void rmdir(String path) throws ErrnoException {
        vfs.rmdir(credentials, at(path));
    }

    @Override
    public void rename(String from, String to, int flags) throws ErrnoException {
        vfs.rename(credentials, at(from), at(other, to), flags);
    }

    @Override
    public void chmod(String path, int mode) throws ErrnoException {
        SetStat change = new SetStat();
        change.mask = SetStat.MODE;
        change.mode = mode;
        vfs.setStat(credentials, at(path), change);
    }

    @Override
    public void chown(String path, int uid, int gid) throws ErrnoException {
        SetStat change = new SetStat();
        change.mask = SetStat.OWNER | (uid < 0 ? 0 : SetStat.UID) | (gid < 0 ? 0 : SetStat.GID);
        change.uid = uid;
        change.gid = gid;
        vfs.setStat(credentials, at(path), change);
    }

    @Override
    public void truncate(String path, long size) throws ErrnoException {
        SetStat change = new SetStat();
        change.mask = SetStat.SIZE;
        change.size = size;
        vfs.setStat(credentials, at(path).followFinal(true), change);
    }

    @Override
    public void times(String path, long second) throws ErrnoException {
        SetStat change = new SetStat();
        change.mask = SetStat.ACCESS_TIME | SetStat.MODIFY_TIME;
        change.accessSeconds = second;
        change.modifySeconds = second;
        vfs.setStat(credentials, at(path), change);
    }

    @Override
    public void write(String path, int flags, int mode, long offset, byte[] bytes) throws ErrnoException {
        try (FileDescription file = vfs.open(credentials, at(path), new OpenOptions(flags, mode))) {
            if (bytes.length != 0) {
                file.write(MemorySegment.ofArray(bytes), 0, bytes.length, offset);
            }
        }
    }

    @Override
    public byte[] read(String path) throws ErrnoException {
        try (FileDescription file = vfs.open(credentials, at(path), OpenOptions.READ)) {
            byte[] content = new byte[1 << 20];
            int length = (int) file.read(MemorySegment.ofArray(content), 0);
            return Arrays.copyOf(content, length);
        }
    }

    @Override
    public String readlink(String path) throws ErrnoException {
        byte[] target = new byte[4096];
        int length = vfs.readlink(credentials, at(path), MemorySegment.ofArray(target));
        return new String(target, 0, length, StandardCharsets.UTF_8);
    }

    @Override
    public Facts stat(String path) throws ErrnoException {
        Stat stat = new Stat();
        vfs.stat(credentials, at(path), stat);
        return facts(stat);
    }

    private static Facts facts(Stat stat) {
        return new Facts(
                stat.mode, stat.uid, stat.gid, stat.links, stat.size, stat.rdev, stat.inode, stat.modifySeconds);
    }

    @Override
    public List<Entry> list(String path) throws ErrnoException {
        List<Entry> entries = new ArrayList<>();
        int flags = OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW;
        try (FileDescription directory = vfs.open(credentials, at(path), new OpenOptions(flags, 0))) {
            directory.readDirectory(
                    0, (name, inode, type, next) -> entries.add(new Entry(name.toString(), inode, type)));
        }
        return entries;
    }

    @Override
    public void hold(int slot, String path, int flags, int mode) throws ErrnoException {
        FileDescription opened = vfs.open(credentials, at(path), new OpenOptions(flags, mode));
        FileDescription before = held[slot];
        held[slot] = opened;
        if (before != null) {
            before.close();
        }
    }

    private FileDescription held(int slot) throws ErrnoException {
        FileDescription description = held[slot];
        if (description == null) {
            throw Errno.EBADF.exception();
        }
        return description;
    }

    @Override
    public byte[] readHeld(int slot, long offset, int length) throws ErrnoException {
        byte[] buffer = new byte[length];
        long count = held(slot).read(MemorySegment.ofArray(buffer), 0, buffer.length, offset);
        return Arrays.copyOf(buffer, (int) count);
    }

    @Override
    public void writeHeld(int slot, long offset, byte[] bytes) throws ErrnoException {
        held(slot).write(credentials, MemorySegment.ofArray(bytes), 0, bytes.length, offset);
    }

    @Override
    public Facts statHeld(int slot) throws ErrnoException {
        Stat stat = new Stat();
        held(slot).stat(stat);
        return facts(stat);
    }

    @Override
    public void truncateHeld(int slot, long size) throws ErrnoException {
        SetStat change = new SetStat();
        change.mask = SetStat.SIZE;
        change.size = size;
        held(slot).setStat(credentials, change);
    }

    @Override
    public void chmodHeld(int slot, int mode) throws ErrnoException {
        SetStat change = new SetStat();
        change.mask = SetStat.MODE;
        change.mode = mode;
        held(slot).setStat(credentials, change);
    }

    @Override
    public long seekHeld(int slot, long offset, int whence) throws ErrnoException {
        return held(slot).seek(offset, whence);
    }

    @Override
    public void closeAll() {
        for (int slot = 0; slot < held.length; slot++) {
            FileDescription description = held[slot];
            held[slot] = null;
            if (description != null) {
                description.close();
            }
        }
    }

    @Override
    public void setXattr(String path, String name, byte[] value, int flags) throws ErrnoException {
        vfs.setXattr(credentials, at(path), Name.of(name), MemorySegment.ofArray(value), flags);
    }

    @Override
    public void removeXattr(String path, String name) throws ErrnoException {
        vfs.removeXattr(credentials, at(path), Name.of(name));
    }

    @Override
    public byte[] getXattr(String path, String name) throws ErrnoException {
        byte[] value = new byte[1 << 16];
        int length = (int) vfs.getXattr(credentials, at(path), Name.of(name), MemorySegment.ofArray(value));
        return Arrays.copyOf(value, length);
    }

    @Override
    public List<String> listXattr(String path) throws ErrnoException {
        byte[] list = new byte[1 << 16];
        int length = (int) vfs.listXattr(credentials, at(path), MemorySegment.ofArray(list));
        String text = new String(
                MemorySegment.ofArray(list).asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        return text.isEmpty() ? List.of() : List.of(text.split("\0"));
    }
}
