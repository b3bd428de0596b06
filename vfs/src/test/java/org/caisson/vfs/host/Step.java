package org.caisson.vfs.host;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** One operation with all that is drawn for it, so that both sides do the same whatever came before. */
record Step(Kind kind, String path, String other, int uid, int umask, int number, int small, int length) {
    enum Kind {
        MKDIR,
        RMDIR,
        UNLINK,
        CREATE,
        WRITE,
        READ,
        RENAME,
        LINK,
        SYMLINK,
        MKNOD,
        CHMOD,
        CHOWN,
        UTIMES,
        TRUNCATE,
        SET_XATTR,
        GET_XATTR,
        LIST_XATTR,
        REMOVE_XATTR,
        STAT,
        LIST,
        ACCESS,
        READLINK,
        TEMPORARY,
        ALLOCATE,
        COPY
    }

    private static final Kind[] KINDS = Kind.values();
    private static final List<String> NAMES =
            List.of("a", "b", "c", "d", "e", "a-rather-long-name-of-a-file-in-a-tree");
    static final List<String> XATTRS =
            List.of("user.one", "user.two", "trusted.three", "security.four", "system.five", "six");
    private static final int[] UMASKS = {022, 022, 0, 077, 027};
    private static final int[] MODES = {0777, 0755, 0700, 04755, 02755, 01755, 0644, 0666, 0600, 02777, 0, 06711};
    static final int[] USERS = {0, 1000, 1001};

    static Step next(Random random) {
        int uid = random.nextInt(3) == 0 ? 1000 : random.nextInt(3) == 0 ? 1001 : 0;
        return new Step(
                KINDS[random.nextInt(KINDS.length)],
                path(random),
                path(random),
                uid,
                UMASKS[random.nextInt(UMASKS.length)],
                random.nextInt(20_000),
                random.nextInt(12),
                random.nextInt(9000));
    }

    private static String path(Random random) {
        StringBuilder path = new StringBuilder(NAMES.get(random.nextInt(NAMES.size())));
        for (int depth = random.nextInt(3); depth > 0; depth--) {
            path.append('/').append(NAMES.get(random.nextInt(NAMES.size())));
        }
        return path.toString();
    }

    byte[] data() {
        byte[] data = new byte[length];
        Arrays.fill(data, (byte) ('a' + number % 26));
        return data;
    }

    int mode() {
        return MODES[small];
    }

    int owner() {
        return number % 4 == 3 ? -1 : USERS[number % 3];
    }

    int group() {
        return number % 5 == 4 ? -1 : USERS[number / 3 % 3];
    }

    int renameFlags() {
        return new int[] {0, 0, 0, 1, 2, 2, 3, 4, 0, 0, 0, 0}[small];
    }

    /** Alone, to punch a hole is not supported. */
    int allocationMode() {
        return new int[] {0, 1, 3}[small % 3];
    }

    String xattr() {
        return XATTRS.get(small % XATTRS.size());
    }

    int xattrFlags() {
        return number % 3;
    }

    byte[] xattrValue() {
        return Arrays.copyOf(data(), Math.min(length, 64));
    }

    /** A link within the directory it is in. */
    String target() {
        return NAMES.get(small % NAMES.size());
    }

    boolean follow() {
        return (number & 1) != 0;
    }

    @Override
    public String toString() {
        return kind + " " + path + " " + other + " uid " + uid + " umask " + Integer.toOctalString(umask) + " number "
                + number + " small " + small + " length " + length;
    }
}
