package org.caisson.vfs.lock;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.jspecify.annotations.Nullable;

/** Files of the same names in a directory of this machine and in a file system here, to be locked in both. */
final class LockedFiles implements AutoCloseable {
    final Path directory;
    final MappedPageStore store = MappedPageStore.anonymous();
    final FileSystem fileSystem;
    final VirtualFileSystem vfs = new VirtualFileSystem();
    final VirtualDentry root;

    private final List<String> names;

    /** What is to be cleared away besides the files. */
    private final @Nullable Path shown;

    /** In memory. */
    LockedFiles(String... names) throws IOException {
        this(null, names);
    }

    /** In another directory of this machine, or in memory. */
    private LockedFiles(@Nullable Path shown, String... names) throws IOException {
        this.names = List.of(names);
        this.shown = shown;
        fileSystem = shown == null
                ? new MemFileSystem(MemOptions.DEFAULT, store)
                : HostFileSystem.open(shown.toString(), HostOptions.DEFAULT);
        root = vfs.newMountNamespace(fileSystem).root();
        directory = Files.createTempDirectory("caisson-locks");
        for (String name : names) {
            Files.createFile(directory.resolve(name));
            open(name, OpenFlags.O_CREAT | OpenFlags.O_RDWR).release();
        }
    }

    static LockedFiles ofHost(String... names) throws IOException {
        return new LockedFiles(Files.createTempDirectory("caisson-locked"), names);
    }

    /** The path of the file that is shown here, where it is one of the host. */
    String shownPath(String name) {
        return requireNonNull(shown).resolve(name).toString();
    }

    String path(String name) {
        return directory.resolve(name).toString();
    }

    FileDescription open(String name, int flags) throws ErrnoException {
        PathOperation where = new PathOperation().root(root).start(root).path(name);
        return vfs.open(Credentials.root(), where, new OpenOptions(flags, 0600));
    }

    /** The kernel's lines of {@code /proc/locks} for the files, without numbers, with names for inodes, sorted. */
    List<String> kernelLocks() throws IOException {
        Map<String, String> byInode = new HashMap<>();
        for (String name : names) {
            byInode.put(Files.getAttribute(directory.resolve(name), "unix:ino").toString(), name);
        }
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("/proc/locks"), StandardCharsets.US_ASCII)) {
            String[] fields = line.split(" +", -1);
            // The inode stands before the range, which has two words.
            String inode = fields[fields.length - 3].split(":", -1)[2];
            if (byInode.containsKey(inode)) {
                fields[fields.length - 3] = byInode.get(inode);
                lines.add(String.join(" ", List.of(fields).subList(1, fields.length)));
            }
        }
        return sorted(lines);
    }

    List<String> ourLocks() throws ErrnoException {
        List<String> lines = new ArrayList<>();
        for (LockInfo lock : fileSystem.locks().list()) {
            Stat stat = new Stat();
            VirtualDentry place = (VirtualDentry) lock.file();
            vfs.stat(Credentials.root(), new PathOperation().root(root).itself(place), stat);
            String line = lock.line(1, 0, 0, stat.inode);
            String name = "?";
            for (String each : names) {
                Stat other = new Stat();
                vfs.stat(
                        Credentials.root(),
                        new PathOperation().root(root).start(root).path(each),
                        other);
                name = other.inode == stat.inode ? each : name;
            }
            String[] fields = line.strip().split(" +", -1);
            fields[fields.length - 3] = name;
            lines.add(String.join(" ", List.of(fields).subList(1, fields.length)));
        }
        return sorted(lines);
    }

    private static List<String> sorted(List<String> lines) {
        lines.sort(null);
        return lines;
    }

    @Override
    public void close() throws IOException {
        store.close();
        delete(directory);
        if (fileSystem instanceof HostFileSystem host && shown != null) {
            host.close();
            delete(shown);
        }
    }

    private void delete(Path from) throws IOException {
        for (String name : names) {
            Files.delete(from.resolve(name));
        }
        Files.delete(from);
    }
}
