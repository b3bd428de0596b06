package org.caisson.vfs;

import org.caisson.linux.MountFlags;

/** The flags of mounts in the other tongues that the kernel speaks: attributes, statfs(2), words. */
final class MountWords {
    private static final int MANDATORY = MountFlags.MS_MANDLOCK;

    /** {@code ST_} flags of statfs(2) that differ from those of mount(2), from {@code linux/statfs.h}. */
    private static final int ST_VALID = 0x20;

    private static final int ST_RELATIME = 0x1000;
    private static final int ST_NOSYMFOLLOW = 0x2000;

    private MountWords() {}

    /** What {@code mount(2)}'s flags mean for a new mount: relatime unless another is asked for. */
    static int newMountFlags(long flags) {
        int result = (int) flags & (Mount.FLAGS & ~MountFlags.MS_RELATIME);
        if ((flags & MountFlags.MS_NOATIME) == 0) {
            result |= MountFlags.MS_RELATIME;
        }
        if ((flags & MountFlags.MS_STRICTATIME) != 0) {
            result &= ~(MountFlags.MS_RELATIME | MountFlags.MS_NOATIME);
        }
        return result;
    }

    /** What they mean for a remount: the manner of access times stays unless one is named. */
    static int remountFlags(long flags, int present) {
        int result = newMountFlags(flags);
        int named =
                MountFlags.MS_NOATIME | MountFlags.MS_NODIRATIME | MountFlags.MS_RELATIME | MountFlags.MS_STRICTATIME;
        if ((flags & named) == 0) {
            result = (result & ~Mount.ACCESS_TIMES) | (present & Mount.ACCESS_TIMES);
        }
        return result;
    }

    /** {@code MOUNT_ATTR_} bits but those of access times, which are no bits, as flags. */
    static int flagsOfAttributes(long attributes) {
        int flags = (int) attributes
                & (MountFlags.MOUNT_ATTR_RDONLY
                        | MountFlags.MOUNT_ATTR_NOSUID
                        | MountFlags.MOUNT_ATTR_NODEV
                        | MountFlags.MOUNT_ATTR_NOEXEC);
        if ((attributes & MountFlags.MOUNT_ATTR_NODIRATIME) != 0) {
            flags |= MountFlags.MS_NODIRATIME;
        }
        if ((attributes & MountFlags.MOUNT_ATTR_NOSYMFOLLOW) != 0) {
            flags |= MountFlags.MS_NOSYMFOLLOW;
        }
        return flags;
    }

    /** The flags of a manner of access times, or -1 if there is none of that number. */
    static int flagsOfAccessTime(long attributes) {
        return switch ((int) (attributes & MountFlags.MOUNT_ATTR__ATIME)) {
            case MountFlags.MOUNT_ATTR_RELATIME -> MountFlags.MS_RELATIME;
            case MountFlags.MOUNT_ATTR_NOATIME -> MountFlags.MS_NOATIME;
            case MountFlags.MOUNT_ATTR_STRICTATIME -> 0;
            default -> -1;
        };
    }

    /** The {@code MOUNT_ATTR_} bits of a mount. */
    static long attributesOf(int flags) {
        long attributes =
                flags & (MountFlags.MS_RDONLY | MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_NOEXEC);
        if ((flags & MountFlags.MS_NODIRATIME) != 0) {
            attributes |= MountFlags.MOUNT_ATTR_NODIRATIME;
        }
        if ((flags & MountFlags.MS_NOSYMFOLLOW) != 0) {
            attributes |= MountFlags.MOUNT_ATTR_NOSYMFOLLOW;
        }
        if ((flags & MountFlags.MS_NOATIME) != 0) {
            attributes |= MountFlags.MOUNT_ATTR_NOATIME;
        } else if ((flags & MountFlags.MS_RELATIME) == 0) {
            attributes |= MountFlags.MOUNT_ATTR_STRICTATIME;
        }
        return attributes;
    }

    /** The flags that statfs(2) tells of a mount and its file system. */
    static long statisticsFlags(int mountFlags, int superFlags) {
        int same = MountFlags.MS_RDONLY
                | MountFlags.MS_NOSUID
                | MountFlags.MS_NODEV
                | MountFlags.MS_NOEXEC
                | MountFlags.MS_NOATIME
                | MountFlags.MS_NODIRATIME;
        long flags = ST_VALID | (mountFlags & same);
        flags |= superFlags & (MountFlags.MS_RDONLY | MountFlags.MS_SYNCHRONOUS | MANDATORY);
        if ((mountFlags & MountFlags.MS_RELATIME) != 0) {
            flags |= ST_RELATIME;
        }
        if ((mountFlags & MountFlags.MS_NOSYMFOLLOW) != 0) {
            flags |= ST_NOSYMFOLLOW;
        }
        return flags;
    }

    /** The options of a mount but for rw and ro, each after a comma, in the kernel's order. */
    static String ofMount(int flags) {
        StringBuilder words = new StringBuilder();
        add(words, flags, MountFlags.MS_NOSUID, ",nosuid");
        add(words, flags, MountFlags.MS_NODEV, ",nodev");
        add(words, flags, MountFlags.MS_NOEXEC, ",noexec");
        add(words, flags, MountFlags.MS_NOATIME, ",noatime");
        add(words, flags, MountFlags.MS_NODIRATIME, ",nodiratime");
        add(words, flags, MountFlags.MS_RELATIME, ",relatime");
        add(words, flags, MountFlags.MS_NOSYMFOLLOW, ",nosymfollow");
        return words.toString();
    }

    /** The options of a file system but for rw and ro that are the same for all types, each after a comma. */
    static String ofSuperBlock(int flags) {
        StringBuilder words = new StringBuilder();
        add(words, flags, MountFlags.MS_SYNCHRONOUS, ",sync");
        add(words, flags, MountFlags.MS_DIRSYNC, ",dirsync");
        add(words, flags, MANDATORY, ",mand");
        add(words, flags, MountFlags.MS_LAZYTIME, ",lazytime");
        return words.toString();
    }

    private static void add(StringBuilder words, int flags, int flag, String word) {
        if ((flags & flag) != 0) {
            words.append(word);
        }
    }
}
