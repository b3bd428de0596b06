package org.caisson.emulation.sys;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.caisson.linux.AtFlags;
import org.caisson.linux.DirectoryEntries;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.StatMode;
import org.caisson.linux.Statx;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Name;
import org.caisson.vfs.synthetic.DynamicDirectory;
import org.caisson.vfs.synthetic.GeneratedFile;
import org.caisson.vfs.synthetic.SyntheticLink;
import org.caisson.vfs.synthetic.SyntheticNode;
import org.caisson.vfs.synthetic.TextBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A directory of the host's sysfs, read-only. Files that the host keeps from its other users are kept from the
 * container too, and entries of some names are missing, at any depth.
 */
final class HostDirectory implements DynamicDirectory.Entries {
    private static final int LISTING = 8192;
    private static final int OTHERS_MAY_READ = 04;
    private static final int READ_ONLY_FILE = 0444;
    private static final int UNREADABLE = 0400;
    private static final long PAGE = 4096;

    /** No file has another content. */
    static final Replacements AS_IT_IS = _ -> null;

    private final String path;
    private final Replacements replacements;
    private final List<String> missing;

    /** What some files beneath have in place of the host's content. */
    @FunctionalInterface
    interface Replacements {
        /** The content for a path of the host, or null for the host's. */
        GeneratedFile.@Nullable Content of(String path);
    }

    HostDirectory(String path) {
        this(path, AS_IT_IS);
    }

    HostDirectory(String path, Replacements replacements) {
        this(path, replacements, List.of());
    }

    HostDirectory(String path, Replacements replacements, List<String> missing) {
        this.path = path;
        this.replacements = replacements;
        this.missing = missing;
    }

    /** One file of the host's that all may read. */
    static GeneratedFile fileOf(String path) {
        return readable((credentials, out) -> copy(path, out));
    }

    @Override
    public @Nullable SyntheticNode<?> lookup(Credentials credentials, Name name) throws ErrnoException {
        if (missing.contains(name.toString())) {
            return null;
        }
        String child = path + '/' + name;
        int mode;
        try (Scratch scratch = Scratch.open()) {
            Statx stat = Statx.wrap(scratch.allocate(Statx.SIZE));
            FileCalls.statx(AtFlags.AT_FDCWD, child, AtFlags.AT_SYMLINK_NOFOLLOW, Statx.STATX_BASIC_STATS, stat);
            mode = stat.mode();
        } catch (ErrnoException failure) {
            if (failure.errno() == Errno.ENOENT) {
                return null;
            }
            throw failure;
        }
        return switch (mode & StatMode.S_IFMT) {
            case StatMode.S_IFDIR -> DynamicDirectory.of(new HostDirectory(child, replacements, missing));
            case StatMode.S_IFLNK ->
                SyntheticLink.to(new String(FileCalls.readlinkat(AtFlags.AT_FDCWD, child), StandardCharsets.UTF_8));
            default -> file(child, mode);
        };
    }

    private GeneratedFile file(String path, int mode) {
        if ((mode & OTHERS_MAY_READ) == 0) {
            return GeneratedFile.of((credentials, out) -> {
                        throw Errno.EACCES.exception();
                    })
                    .withMode(UNREADABLE)
                    .withSize(PAGE);
        }
        GeneratedFile.Content replaced = replacements.of(path);
        return replaced == null ? fileOf(path) : readable(replaced);
    }

    private static GeneratedFile readable(GeneratedFile.Content content) {
        return GeneratedFile.of(content).withMode(READ_ONLY_FILE).withSize(PAGE);
    }

    private static void copy(String path, TextBuffer out) {
        TextScanner text = new TextScanner();
        KernelFile.readOnce(path, text);
        out.appendBytes(text.bytes(), 0, text.length());
    }

    @Override
    public void list(Credentials credentials, DynamicDirectory.EntrySink sink) throws ErrnoException {
        try (OwnedFd directory =
                        FileCalls.open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
                Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.allocate(LISTING);
            for (long length = FileCalls.getdents(directory.number(), buffer);
                    length > 0;
                    length = FileCalls.getdents(directory.number(), buffer)) {
                DirectoryEntries entries = new DirectoryEntries(buffer, length);
                while (entries.next()) {
                    byte[] bytes = entries.name();
                    Name name = Name.of(bytes, 0, bytes.length);
                    if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT) && !missing.contains(name.toString())) {
                        sink.entry(name, entries.type());
                    }
                }
            }
        }
    }
}
