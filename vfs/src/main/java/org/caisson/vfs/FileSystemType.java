package org.caisson.vfs;

import java.util.List;
import java.util.Set;
import org.caisson.linux.ErrnoException;

/** A kind of file system that can be mounted by its name, as in {@code /proc/filesystems}. */
public interface FileSystemType {
    /** What holds for a type. */
    enum Trait {
        /** It needs a block device; {@code /proc/filesystems} lists the others with {@code nodev}. */
        NEEDS_DEVICE,
        /** {@code name.subtype} is mounted as this type with a subtype. */
        HAS_SUBTYPE,
        /** It may be mounted by the owner of any user namespace. */
        USER_MOUNTABLE
    }

    /** The name, without white space. */
    String name();

    /** What holds for it; nothing special by default. */
    default Set<Trait> traits() {
        return Set.of();
    }

    /**
     * The options in the data of mount(2); those of {@link FileSystemParameter#parse} by default.
     */
    default List<FileSystemParameter> parseData(Name data) throws ErrnoException {
        return FileSystemParameter.parse(data);
    }

    /** Collects the options of a file system to come. */
    FileSystemBuilder begin(FileSystemLog log);

    /** The same in somebody's name, for a type whose options are paths. */
    default FileSystemBuilder begin(FileSystemLog log, Mounter mounter) {
        return begin(log);
    }
}
