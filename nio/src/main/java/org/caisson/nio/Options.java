package org.caisson.nio;

import java.nio.file.LinkOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What options and initial attributes mean. */
final class Options {
    /** The permissions of a new file and of a new directory, before the umask. */
    static final int FILE_MODE = 0666;

    static final int DIRECTORY_MODE = 0777;

    private static final Map<PosixFilePermission, Integer> BITS = new EnumMap<>(Map.of(
            PosixFilePermission.OWNER_READ, 0400,
            PosixFilePermission.OWNER_WRITE, 0200,
            PosixFilePermission.OWNER_EXECUTE, 0100,
            PosixFilePermission.GROUP_READ, 040,
            PosixFilePermission.GROUP_WRITE, 020,
            PosixFilePermission.GROUP_EXECUTE, 010,
            PosixFilePermission.OTHERS_READ, 04,
            PosixFilePermission.OTHERS_WRITE, 02,
            PosixFilePermission.OTHERS_EXECUTE, 01));

    private Options() {}

    static boolean follows(LinkOption... options) {
        boolean follow = true;
        for (LinkOption option : options) {
            follow &= Objects.requireNonNull(option, "option is null") != LinkOption.NOFOLLOW_LINKS;
        }
        return follow;
    }

    static int mode(int otherwise, FileAttribute<?>... attributes) {
        int mode = otherwise;
        for (FileAttribute<?> attribute : attributes) {
            String name = attribute.name();
            if (!name.equals("posix:permissions") && !name.equals("unix:permissions")) {
                throw new UnsupportedOperationException("'" + name + "' not supported as initial attribute");
            }
            mode = mode(permissions(attribute.value()));
        }
        return mode;
    }

    static int mode(Set<PosixFilePermission> permissions) {
        int mode = 0;
        for (PosixFilePermission one : permissions) {
            mode |= Objects.requireNonNull(BITS.get(one), "permission is null");
        }
        return mode;
    }

    /** A set of permissions that came as a plain object. */
    static Set<PosixFilePermission> permissions(Object value) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (Object one : (Set<?>) value) {
            permissions.add((PosixFilePermission) Objects.requireNonNull(one, "permission is null"));
        }
        return permissions;
    }

    static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        BITS.forEach((one, bit) -> {
            if ((mode & bit) != 0) {
                permissions.add(one);
            }
        });
        return permissions;
    }
}
