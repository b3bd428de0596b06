package org.caisson.nio;

import java.nio.file.LinkOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/** What options and initial attributes mean. */
final class Options {
    /** The permissions of a new file and of a new directory, before the umask. */
    static final int FILE_MODE = 0666;

    static final int DIRECTORY_MODE = 0777;

    private static final PosixFilePermission[] FROM_HIGH_BIT = PosixFilePermission.values();

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
            mode = mode((Set<?>) attribute.value());
        }
        return mode;
    }

    static int mode(Set<?> permissions) {
        int mode = 0;
        for (Object permission : permissions) {
            PosixFilePermission one = (PosixFilePermission) Objects.requireNonNull(permission, "permission is null");
            mode |= 0400 >> one.ordinal();
        }
        return mode;
    }

    static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (PosixFilePermission one : FROM_HIGH_BIT) {
            if ((mode & (0400 >> one.ordinal())) != 0) {
                permissions.add(one);
            }
        }
        return permissions;
    }
}
