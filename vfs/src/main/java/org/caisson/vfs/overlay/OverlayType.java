package org.caisson.vfs.overlay;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.FileSystemBuilder;
import org.caisson.vfs.FileSystemLog;
import org.caisson.vfs.FileSystemParameter;
import org.caisson.vfs.FileSystemType;
import org.caisson.vfs.Mounter;
import org.caisson.vfs.Name;

/**
 * {@code overlay} as a type that is mounted by name, with the options of the kernel's overlayfs. Options that would have it do what it
 * cannot are refused: {@code index=off} (names of a lower file always stay together), {@code nfs_export=on}, {@code verity}, {@code
 * uuid=on}, {@code nooverride_creds}, and {@code xino=off} if layers are on several file systems.
 */
public final class OverlayType implements FileSystemType {
    static final String NAME = "overlay";

    public OverlayType() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Set<Trait> traits() {
        return Set.of(Trait.USER_MOUNTABLE);
    }

    /** A comma after a backslash belongs to the value ({@code ovl_next_opt}). */
    @Override
    public List<FileSystemParameter> parseData(Name data) throws ErrnoException {
        List<FileSystemParameter> options = new ArrayList<>();
        byte[] bytes = data.toByteArray();
        int start = 0;
        while (start < bytes.length) {
            int end = start;
            while (end < bytes.length && bytes[end] != ',') {
                end += bytes[end] == '\\' ? 2 : 1;
            }
            end = Math.min(end, bytes.length);
            int equals = start;
            while (equals < end && bytes[equals] != '=') {
                equals++;
            }
            // The kernel passes over what has no key.
            if (equals > start) {
                String key = Name.of(bytes, start, equals - start).toString();
                options.add(
                        equals == end
                                ? new FileSystemParameter.Flag(key)
                                : new FileSystemParameter.Text(key, Name.of(bytes, equals + 1, end - equals - 1)));
            }
            start = end + 1;
        }
        return options;
    }

    /** For who gives layers as places only: there is nobody from whose root a path could lead. */
    @Override
    public FileSystemBuilder begin(FileSystemLog log) {
        throw new UnsupportedOperationException("an overlay is made in somebody's name");
    }

    @Override
    public FileSystemBuilder begin(FileSystemLog log, Mounter mounter) {
        OverlayMountOptions options = new OverlayMountOptions(log, mounter);
        return new FileSystemBuilder() {
            @Override
            public boolean take(FileSystemParameter option) throws ErrnoException {
                return options.take(option);
            }

            @Override
            public FileSystem create(Name source) throws ErrnoException {
                OverlayOptions chosen = options.choose();
                try {
                    return OverlayFileSystem.named(mounter.system(), mounter.credentials(), chosen, options.shown());
                } catch (ErrnoException failure) {
                    if (failure.errno() == Errno.ELOOP) {
                        log.error("overlay: conflicting lowerdir path");
                    }
                    throw failure;
                }
            }
        };
    }
}
