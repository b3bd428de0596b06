package org.caisson.vfs.overlay;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/**
 * What an overlay does with its layers: calls of the virtual file system, in the name of whoever mounted the overlay. What is created is
 * created in the name of its owner, with the mounter's capabilities.
 */
final class LayerCalls {
    /** XATTR_SIZE_MAX and XATTR_LIST_MAX of {@code linux/limits.h}. */
    private static final int ATTRIBUTE_MAX = 65536;

    /** What most values and lists fit. */
    private static final int ATTRIBUTE_USUAL = 256;

    private static final int NO_ENTRY = -Errno.ENOENT.number();
    private static final int NAME_TOO_LONG = -Errno.ENAMETOOLONG.number();

    private final VirtualFileSystem system;
    private final Credentials mounter;
    private final ThreadLocal<Paths> paths = ThreadLocal.withInitial(Paths::new);

    /** What a thread's calls reuse. */
    private static final class Paths {
        final PathOperation one = new PathOperation();
        final PathOperation other = new PathOperation();
        final Stat stat = new Stat();
    }

    LayerCalls(VirtualFileSystem system, Credentials mounter) {
        this.system = system;
        this.mounter = mounter.withUmask(0).withCaller(0);
    }

    Credentials mounter() {
        return mounter;
    }

    /** In whose name a file is made that is to belong to somebody. */
    Credentials owner(int uid, int gid) {
        return Credentials.of(uid, gid).withCapabilities(mounter.capabilities()).withUmask(0);
    }

    private static PathOperation at(PathOperation operation, VirtualDentry place) {
        return operation.root(place).itself(place);
    }

    private static PathOperation at(PathOperation operation, VirtualDentry directory, Name name) {
        return operation.root(directory).child(directory, name);
    }

    private static void check(int outcome) throws ErrnoException {
        if (outcome < 0) {
            throw Errno.of(-outcome).exception();
        }
    }

    // What reads.

    /** The entry of a directory, null if there is none. */
    @Nullable
    VirtualDentry find(VirtualDentry directory, Name name) throws ErrnoException {
        try {
            return system.find(mounter, at(paths.get().one, directory, name));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENAMETOOLONG) {
                return null;
            }
            throw e;
        }
    }

    /** The entry of a directory; ENOENT if there is none. */
    VirtualDentry lookup(VirtualDentry directory, Name name) throws ErrnoException {
        return system.lookup(mounter, at(paths.get().one, directory, name));
    }

    void stat(VirtualDentry place, Stat out) throws ErrnoException {
        check(system.tryStat(mounter, at(paths.get().one, place), out));
    }

    /** The same into a struct that this thread uses again at its next call. */
    Stat stat(VirtualDentry place) throws ErrnoException {
        Stat stat = paths.get().stat;
        stat(place, stat);
        return stat;
    }

    /** The attributes of an entry, null if there is none, in a struct that this thread uses again at its next call. */
    @Nullable
    Stat tryStat(VirtualDentry directory, Name name) throws ErrnoException {
        Paths mine = paths.get();
        int outcome = system.tryStat(mounter, at(mine.one, directory, name), mine.stat);
        if (outcome == NO_ENTRY || outcome == NAME_TOO_LONG) {
            return null;
        }
        check(outcome);
        return mine.stat;
    }

    /** The target of a symbolic link. */
    byte[] readlink(VirtualDentry link) throws ErrnoException {
        byte[] target = new byte[ATTRIBUTE_USUAL];
        while (true) {
            int length = system.readlink(mounter, at(paths.get().one, link), MemorySegment.ofArray(target));
            if (length < target.length || target.length > ATTRIBUTE_MAX) {
                return Arrays.copyOf(target, length);
            }
            target = new byte[4 * target.length];
        }
    }

    /** An extended attribute, null if there is none. */
    byte @Nullable [] attribute(VirtualDentry place, Name name) throws ErrnoException {
        byte[] value = new byte[ATTRIBUTE_USUAL];
        while (true) {
            try {
                long length = system.getXattr(mounter, at(paths.get().one, place), name, MemorySegment.ofArray(value));
                return Arrays.copyOf(value, (int) length);
            } catch (ErrnoException e) {
                if (e.errno() == Errno.ERANGE && value.length < ATTRIBUTE_MAX) {
                    value = new byte[ATTRIBUTE_MAX];
                    continue;
                }
                if (e.errno() == Errno.ENODATA || e.errno() == Errno.EOPNOTSUPP) {
                    return null;
                }
                throw e;
            }
        }
    }

    /** The names of all extended attributes. */
    List<Name> attributes(VirtualDentry place) throws ErrnoException {
        byte[] list = new byte[ATTRIBUTE_USUAL];
        while (true) {
            try {
                long length = system.listXattr(mounter, at(paths.get().one, place), MemorySegment.ofArray(list));
                return names(list, (int) length);
            } catch (ErrnoException e) {
                if (e.errno() == Errno.ERANGE && list.length < ATTRIBUTE_MAX) {
                    list = new byte[ATTRIBUTE_MAX];
                    continue;
                }
                if (e.errno() == Errno.EOPNOTSUPP) {
                    return List.of();
                }
                throw e;
            }
        }
    }

    private static List<Name> names(byte[] list, int length) {
        List<Name> names = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (list[i] == 0) {
                names.add(Name.of(list, start, i - start));
                start = i + 1;
            }
        }
        return names;
    }

    FileDescription open(VirtualDentry file, int flags) throws ErrnoException {
        return system.open(mounter, at(paths.get().one, file), new OpenOptions(flags | OpenFlags.O_NOFOLLOW, 0));
    }

    /** Opens a file to read it without its access time being set, if that may be kept ({@code ovl_path_open}). */
    FileDescription openUnnoticed(VirtualDentry file, int flags) throws ErrnoException {
        try {
            return open(file, flags | OpenFlags.O_NOATIME);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EPERM) {
                throw e;
            }
            // It belongs to nobody whom the layer's mount shows.
            return open(file, flags);
        }
    }

    FileDescription openDirectory(VirtualDentry directory) throws ErrnoException {
        return open(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
    }

    void statistics(VirtualDentry place, FileSystemStatistics out) throws ErrnoException {
        system.statfs(mounter, at(paths.get().one, place), out);
    }

    // What changes.

    /** Makes and opens a regular file. */
    FileDescription create(VirtualDentry directory, Name name, int flags, int mode, Credentials owner)
            throws ErrnoException {
        int all = flags | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOFOLLOW;
        return system.open(owner, at(paths.get().one, directory, name), new OpenOptions(all, mode));
    }

    /** Makes and opens a file without a name. */
    FileDescription createTemporary(VirtualDentry directory, int flags, int mode, Credentials owner)
            throws ErrnoException {
        return system.open(owner, at(paths.get().one, directory), new OpenOptions(flags, mode));
    }

    void mkdir(VirtualDentry directory, Name name, int mode, Credentials owner) throws ErrnoException {
        system.mkdir(owner, at(paths.get().one, directory, name), mode);
    }

    void mknod(VirtualDentry directory, Name name, int mode, long device, Credentials owner) throws ErrnoException {
        system.mknod(owner, at(paths.get().one, directory, name), mode, device);
    }

    void symlink(VirtualDentry directory, Name name, MemorySegment target, Credentials owner) throws ErrnoException {
        system.symlink(owner, at(paths.get().one, directory, name), target);
    }

    void link(VirtualDentry file, VirtualDentry directory, Name name) throws ErrnoException {
        Paths mine = paths.get();
        system.link(mounter, at(mine.one, file), at(mine.other, directory, name));
    }

    void unlink(VirtualDentry directory, Name name) throws ErrnoException {
        system.unlink(mounter, at(paths.get().one, directory, name));
    }

    void rmdir(VirtualDentry directory, Name name) throws ErrnoException {
        system.rmdir(mounter, at(paths.get().one, directory, name));
    }

    void rename(VirtualDentry from, Name name, VirtualDentry to, Name newName, int flags) throws ErrnoException {
        Paths mine = paths.get();
        system.rename(mounter, at(mine.one, from, name), at(mine.other, to, newName), flags);
    }

    void change(VirtualDentry place, SetStat change) throws ErrnoException {
        system.setStat(mounter, at(paths.get().one, place), change);
    }

    void setAttribute(VirtualDentry place, Name name, byte[] value) throws ErrnoException {
        setAttribute(place, name, MemorySegment.ofArray(value), 0);
    }

    void setAttribute(VirtualDentry place, Name name, MemorySegment value, int flags) throws ErrnoException {
        system.setXattr(mounter, at(paths.get().one, place), name, value, flags);
    }

    void removeAttribute(VirtualDentry place, Name name) throws ErrnoException {
        system.removeXattr(mounter, at(paths.get().one, place), name);
    }

    /** Whether this is a character device with the number 0, by which a layer hides a name of those beneath. */
    static boolean isWhiteoutDevice(Stat stat) {
        return (stat.mode & StatMode.S_IFMT) == StatMode.S_IFCHR && stat.rdev == 0;
    }

    static byte[] bytes(MemorySegment value) {
        return value.toArray(ValueLayout.JAVA_BYTE);
    }
}
