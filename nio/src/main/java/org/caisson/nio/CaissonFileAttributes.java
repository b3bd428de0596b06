package org.caisson.nio;

import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.jspecify.annotations.Nullable;

/** The attributes of a file as they were when they were read. */
final class CaissonFileAttributes implements PosixFileAttributes {
    /** Beyond this many seconds nanoseconds do not fit into a long. */
    private static final long SECONDS_IN_NANOS = Long.MAX_VALUE / 1_000_000_000L - 1;

    private final CaissonFileSystem system;
    private final Stat stat;

    private CaissonFileAttributes(CaissonFileSystem system, Stat stat) {
        this.system = system;
        this.stat = stat;
    }

    /** fstat(2). */
    static CaissonFileAttributes of(CaissonFileSystem system, FileDescription opened) throws ErrnoException {
        Stat stat = new Stat();
        opened.stat(stat);
        return new CaissonFileAttributes(system, stat);
    }

    /** stat(2) or lstat(2). As with the JDK, a file below what is no directory does not exist. */
    static CaissonFileAttributes read(FileReference file, boolean follow) throws IOException {
        try {
            return stat(file, follow);
        } catch (ErrnoException e) {
            throw file.failureToFind(e);
        }
    }

    /** stat(2) or lstat(2). */
    static CaissonFileAttributes stat(FileReference file, boolean follow) throws ErrnoException {
        Stat stat = new Stat();
        int outcome = stat(file, follow, stat);
        if (outcome < 0) {
            throw Errno.of(-outcome).exception();
        }
        return new CaissonFileAttributes(file.system(), stat);
    }

    /** The same, null if there is no such file. */
    static @Nullable CaissonFileAttributes readIfExists(FileReference file, boolean follow) throws IOException {
        try {
            Stat stat = new Stat();
            int outcome = stat(file, follow, stat);
            if (outcome >= 0) {
                return new CaissonFileAttributes(file.system(), stat);
            }
            if (outcome == -Errno.ENOENT.number()) {
                return null;
            }
            throw Errno.of(-outcome).exception();
        } catch (ErrnoException e) {
            throw file.failure(e);
        }
    }

    /** The same, null if the attributes cannot be read for whatever reason. */
    static @Nullable CaissonFileAttributes readIfPossible(FileReference file, boolean follow) {
        try {
            Stat stat = new Stat();
            return stat(file, follow, stat) < 0 ? null : new CaissonFileAttributes(file.system(), stat);
        } catch (ErrnoException e) {
            return null;
        }
    }

    private static int stat(FileReference file, boolean follow, Stat stat) throws ErrnoException {
        CaissonFileSystem system = file.system();
        PathOperation operation = file.aim(follow);
        try {
            return system.vfs().tryStat(system.credentials(), operation, stat);
        } finally {
            file.done(operation);
        }
    }

    boolean isSameFile(CaissonFileAttributes other) {
        return stat.inode == other.stat.inode && stat.device == other.stat.device && system.vfs() == other.system.vfs();
    }

    int mode() {
        return stat.mode;
    }

    long inode() {
        return stat.inode;
    }

    long device() {
        return stat.device;
    }

    long representedDevice() {
        return stat.rdev;
    }

    int links() {
        return stat.links;
    }

    int uid() {
        return stat.uid;
    }

    int gid() {
        return stat.gid;
    }

    /** A device or a pipe: what mknod(2) makes and open(2) might wait for. */
    boolean isDevice() {
        return switch (stat.mode & StatMode.S_IFMT) {
            case StatMode.S_IFCHR, StatMode.S_IFBLK, StatMode.S_IFIFO -> true;
            default -> false;
        };
    }

    long accessSeconds() {
        return stat.accessSeconds;
    }

    int accessNanos() {
        return stat.accessNanos;
    }

    long modifySeconds() {
        return stat.modifySeconds;
    }

    int modifyNanos() {
        return stat.modifyNanos;
    }

    FileTime lastChangeTime() {
        return time(stat.changeSeconds, stat.changeNanos);
    }

    @Override
    public FileTime lastModifiedTime() {
        return time(stat.modifySeconds, stat.modifyNanos);
    }

    @Override
    public FileTime lastAccessTime() {
        return time(stat.accessSeconds, stat.accessNanos);
    }

    @Override
    public FileTime creationTime() {
        boolean unknown = stat.birthSeconds == 0 && stat.birthNanos == 0;
        return unknown ? lastModifiedTime() : time(stat.birthSeconds, stat.birthNanos);
    }

    private static FileTime time(long seconds, int nanos) {
        return Math.abs(seconds) < SECONDS_IN_NANOS
                ? FileTime.from(seconds * 1_000_000_000L + nanos, TimeUnit.NANOSECONDS)
                : FileTime.from(Instant.ofEpochSecond(seconds, nanos));
    }

    @Override
    public boolean isRegularFile() {
        return stat.isRegular();
    }

    @Override
    public boolean isDirectory() {
        return stat.isDirectory();
    }

    @Override
    public boolean isSymbolicLink() {
        return stat.isSymlink();
    }

    @Override
    public boolean isOther() {
        return !isRegularFile() && !isDirectory() && !isSymbolicLink();
    }

    @Override
    public long size() {
        return stat.size;
    }

    @Override
    public FileKey fileKey() {
        return new FileKey(stat.device, stat.inode);
    }

    @Override
    public UserPrincipal owner() {
        return system.accounts().user(stat.uid);
    }

    @Override
    public GroupPrincipal group() {
        return system.accounts().group(stat.gid);
    }

    @Override
    public Set<PosixFilePermission> permissions() {
        return Options.permissions(stat.mode);
    }
}
