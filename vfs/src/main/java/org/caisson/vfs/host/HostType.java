package org.caisson.vfs.host;

import java.nio.charset.StandardCharsets;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.FileSystemBuilder;
import org.caisson.vfs.FileSystemLog;
import org.caisson.vfs.FileSystemParameter;
import org.caisson.vfs.FileSystemType;
import org.caisson.vfs.Name;

/**
 * Directories of the host as a type that is mounted by name: the source is a path beneath one directory of the host, out of which it
 * does not lead. Options: {@code caching=none} or {@code caching=exclusive} (see {@link HostCaching}), and {@code mounts}, which shows
 * what the host has mounted inside.
 */
public final class HostType implements FileSystemType {
    static final String NAME = "host";

    private final String base;
    private final HostOptions usual;

    /**
     * A type for what lies beneath a directory of the host.
     *
     * @param base an absolute path of the host
     * @param usual how directories are shown unless options say otherwise
     */
    public HostType(String base, HostOptions usual) {
        this.base = base;
        this.usual = usual;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public FileSystemBuilder begin(FileSystemLog log) {
        return new Builder(log);
    }

    private final class Builder implements FileSystemBuilder {
        private final FileSystemLog log;
        private HostOptions options = usual;

        Builder(FileSystemLog log) {
            this.log = log;
        }

        @Override
        public boolean take(FileSystemParameter option) throws ErrnoException {
            switch (option.key()) {
                case "caching" -> options = options.withCaching(caching(option));
                case "mounts" -> {
                    if (!(option instanceof FileSystemParameter.Flag)) {
                        log.error(NAME + ": Unexpected value for '" + option.key() + "'");
                        throw Errno.EINVAL.exception();
                    }
                    options = options.withMounts();
                }
                default -> {
                    return false;
                }
            }
            return true;
        }

        private HostCaching caching(FileSystemParameter option) throws ErrnoException {
            String value = option instanceof FileSystemParameter.Text text
                    ? text.value().toString()
                    : "";
            switch (value) {
                case "none" -> {
                    return HostCaching.NONE;
                }
                case "exclusive" -> {
                    return HostCaching.EXCLUSIVE;
                }
                default -> {
                    log.badValue(NAME, option.key());
                    throw Errno.EINVAL.exception();
                }
            }
        }

        /** ENOENT, ENOTDIR and the like as the host gives them. */
        @Override
        public FileSystem create(Name source) throws ErrnoException {
            String path = new String(source.toByteArray(), StandardCharsets.UTF_8);
            int flags = OpenFlags.O_PATH | OpenFlags.O_DIRECTORY;
            try (OwnedFd top = FileCalls.open(base, flags);
                    OwnedFd directory = FileCalls.openat2(top.number(), path, flags, 0, OpenFlags.RESOLVE_IN_ROOT)) {
                return HostFileSystem.of(directory, options);
            } catch (ErrnoException failure) {
                log.error(NAME + ": cannot show '" + path + "': "
                        + failure.errno().name());
                throw failure;
            }
        }
    }
}
