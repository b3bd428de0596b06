package org.caisson.vfs;

import java.util.Random;
import org.caisson.linux.AtFlags;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;

/** One call of a random sequence, with all that it needs, so that a sequence can be shortened. */
record MountStep(Kind kind, String first, String second, long flags, int one, int two) {
    /** Those that come often are first in line. */
    enum Kind {
        MOUNT(10),
        BIND(14),
        MOVE(5),
        PROPAGATION(12),
        UNMOUNT(14),
        REMOUNT_MOUNT(4),
        REMOUNT(2),
        OPEN(4),
        CLOSE(3),
        PIVOT(3),
        UNSHARE(1),
        ENTER(3),
        OPEN_TREE(4),
        CLOSE_TREE(2),
        MOVE_MOUNT(8),
        SET_ATTRIBUTES(4),
        MKDIR(2),
        RMDIR(3),
        UNLINK(2),
        RENAME(2);

        private final int weight;

        Kind(int weight) {
            this.weight = weight;
        }

        static Kind any(Random random) {
            int all = 0;
            for (Kind kind : values()) {
                all += kind.weight;
            }
            int left = random.nextInt(all);
            for (Kind kind : values()) {
                left -= kind.weight;
                if (left < 0) {
                    return kind;
                }
            }
            throw new IllegalStateException();
        }
    }

    private static final String[] NAMES = {"a", "a", "a", "b", "b", "x", "x", "f", "l"};
    private static final String[] USUAL = {
        "/a", "/a", "/a", "/b", "/b", "/b", "/a/x", "/a/x", "/b/x", "/b/x", "/a/a", "/a/b", "/b/a", "/l/x", "/f",
        "/a/f", "/"
    };
    private static final int[] TYPES = {
        MountFlags.MS_SHARED,
        MountFlags.MS_SHARED,
        MountFlags.MS_SHARED,
        MountFlags.MS_SLAVE,
        MountFlags.MS_SLAVE,
        MountFlags.MS_PRIVATE,
        MountFlags.MS_UNBINDABLE
    };
    private static final int[] MOUNT_FLAGS = {
        MountFlags.MS_NOSUID,
        MountFlags.MS_NODEV,
        MountFlags.MS_NOEXEC,
        MountFlags.MS_NOATIME,
        MountFlags.MS_NODIRATIME,
        MountFlags.MS_RELATIME,
        MountFlags.MS_STRICTATIME,
        MountFlags.MS_NOSYMFOLLOW,
        MountFlags.MS_RDONLY
    };
    private static final int[] SUPER_FLAGS = {
        MountFlags.MS_SYNCHRONOUS, MountFlags.MS_LAZYTIME, MountFlags.MS_DIRSYNC, MountFlags.MS_RDONLY
    };
    private static final int[] ATTRIBUTES = {
        MountFlags.MOUNT_ATTR_RDONLY,
        MountFlags.MOUNT_ATTR_NOSUID,
        MountFlags.MOUNT_ATTR_NODEV,
        MountFlags.MOUNT_ATTR_NOEXEC,
        MountFlags.MOUNT_ATTR__ATIME,
        MountFlags.MOUNT_ATTR_NOATIME,
        MountFlags.MOUNT_ATTR_STRICTATIME,
        MountFlags.MOUNT_ATTR_NODIRATIME,
        MountFlags.MOUNT_ATTR_NOSYMFOLLOW
    };

    static MountStep any(Random random) {
        Kind kind = Kind.any(random);
        boolean beneath = kind == Kind.RMDIR || kind == Kind.UNLINK;
        String first = path(random, beneath ? 1 : 0);
        String second = path(random, 0);
        int one = random.nextInt(4) - (kind == Kind.MOVE_MOUNT || kind == Kind.SET_ATTRIBUTES ? 2 : 0);
        int two = random.nextInt(5) - 3;
        return new MountStep(kind, first, second, flags(kind, random), one, two);
    }

    private static String path(Random random, int least) {
        if (random.nextInt(4) > 0) {
            return USUAL[random.nextInt(USUAL.length - (least == 0 ? 0 : 1))];
        }
        int depth = least + (random.nextInt(12) == 0 ? 0 : 1 + random.nextInt(3 - least));
        StringBuilder path = new StringBuilder(depth == 0 ? "/" : "");
        for (int i = 0; i < depth; i++) {
            path.append('/').append(NAMES[random.nextInt(NAMES.length)]);
        }
        return path.toString();
    }

    private static long flags(Kind kind, Random random) {
        int recursive = random.nextInt(2) == 0 ? MountFlags.MS_REC : 0;
        return switch (kind) {
            case MOUNT -> some(random, MOUNT_FLAGS, MOUNT_FLAGS.length, 9) | some(random, SUPER_FLAGS, 3, 9);
            case BIND -> MountFlags.MS_BIND | recursive;
            case MOVE -> MountFlags.MS_MOVE;
            case PROPAGATION -> TYPES[random.nextInt(TYPES.length)] | recursive;
            case UNMOUNT ->
                switch (random.nextInt(10)) {
                    case 0, 1, 2, 3 -> MountFlags.MNT_DETACH;
                    case 4, 5 -> MountFlags.MNT_EXPIRE;
                    case 6 -> MountFlags.UMOUNT_NOFOLLOW;
                    case 7 -> MountFlags.MNT_FORCE;
                    default -> 0;
                };
            case REMOUNT_MOUNT ->
                MountFlags.MS_REMOUNT | MountFlags.MS_BIND | some(random, MOUNT_FLAGS, MOUNT_FLAGS.length, 4);
            case REMOUNT ->
                MountFlags.MS_REMOUNT
                        | some(random, MOUNT_FLAGS, MOUNT_FLAGS.length - 1, 8)
                        | some(random, SUPER_FLAGS, SUPER_FLAGS.length, 3);
            case OPEN ->
                // Not O_PATH: that it keeps a file without a name in use is more than a file system here knows.
                random.nextInt(3) == 0 ? OpenFlags.O_WRONLY : OpenFlags.O_RDONLY;
            case OPEN_TREE -> random.nextBoolean() ? AtFlags.AT_RECURSIVE : 0;
            case MOVE_MOUNT ->
                switch (random.nextInt(8)) {
                    case 0, 1 -> MountFlags.MOVE_MOUNT_BENEATH;
                    case 2, 3 -> MountFlags.MOVE_MOUNT_SET_GROUP;
                    default -> 0;
                };
            case SET_ATTRIBUTES -> random.nextLong();
            default -> 0;
        };
    }

    private static int some(Random random, int[] flags, int count, int rarity) {
        int result = 0;
        for (int i = 0; i < count; i++) {
            if (random.nextInt(rarity) == 0) {
                result |= flags[i];
            }
        }
        return result;
    }

    int apply(MountWorld world) {
        return switch (kind) {
            case MOUNT -> {
                int outcome = world.mount("none", first, "tmpfs", flags, "");
                if (outcome == 0) {
                    world.fill(first);
                }
                yield outcome;
            }
            case BIND, MOVE -> world.mount(second, first, "", flags, "");
            case PROPAGATION, REMOUNT_MOUNT -> world.mount("none", first, "", flags, "");
            case REMOUNT -> world.mount("none", first, "", flags, one == 3 ? "nonsense" : "");
            case UNMOUNT -> world.unmount(first, (int) flags);
            case OPEN -> world.open(first, (int) flags);
            case CLOSE -> world.close(one);
            case PIVOT -> world.pivotRoot(first, one == 0 ? first : first + second);
            case UNSHARE -> world.unshare();
            case ENTER -> world.enter(one);
            case OPEN_TREE -> world.openTree(first, (int) flags);
            case CLOSE_TREE -> world.closeTree(one);
            case MOVE_MOUNT -> world.moveMount(one, inTree(one, first), two, inTree(two, second), (int) flags);
            case SET_ATTRIBUTES -> {
                Random random = new Random(flags);
                long set = some(random, ATTRIBUTES, ATTRIBUTES.length, 5);
                long clear = some(random, ATTRIBUTES, ATTRIBUTES.length, 5);
                long propagation = random.nextInt(3) == 0 ? TYPES[random.nextInt(TYPES.length)] : 0;
                int how = random.nextBoolean() ? AtFlags.AT_RECURSIVE : 0;
                yield world.setAttributes(one, inTree(one, first), how, set, clear, propagation);
            }
            case MKDIR -> world.mkdir(first);
            case RMDIR -> world.rmdir(first);
            case UNLINK -> world.unlink(first);
            case RENAME -> world.rename(first, second);
        };
    }

    /** In a detached tree mostly its root is meant. */
    private static String inTree(int tree, String path) {
        if (tree < 0) {
            return path;
        }
        return path.length() > 4 ? path.substring(1) : "";
    }

    @Override
    public String toString() {
        return kind + " " + first + " " + second + " 0x" + Long.toHexString(flags) + " " + one + " " + two;
    }
}
