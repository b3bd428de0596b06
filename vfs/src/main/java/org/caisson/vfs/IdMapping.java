package org.caisson.vfs;

import java.util.List;

/**
 * How a mount shows the owners of files (MOUNT_ATTR_IDMAP of mount_setattr(2)): what the maps of the user namespace say that the kernel
 * takes for it. Ids are unsigned. Immutable; the same mapping is the same object.
 */
public final class IdMapping {
    /** No id: what is not mapped. */
    static final int NONE = -1;

    /** What stat(2) tells of an owner that is not mapped ({@code overflowuid}). */
    static final int OVERFLOW = 65534;

    private static final long LIMIT = 1L << Integer.SIZE;

    private final List<Range> users;
    private final List<Range> groups;

    /**
     * A range of ids, as a line of {@code /proc/PID/uid_map}.
     *
     * @param stored the first id as the file system keeps it, which is one inside of the user namespace
     * @param shown the first id as the mount shows it, which is one outside
     * @param count how many
     */
    public record Range(int stored, int shown, int count) {
        /** Checks that there are as many ids. */
        public Range {
            long ids = Integer.toUnsignedLong(count);
            boolean fits = Integer.toUnsignedLong(stored) + ids < LIMIT && Integer.toUnsignedLong(shown) + ids < LIMIT;
            if (count == 0 || !fits) {
                throw new IllegalArgumentException("a range past the last id");
            }
        }

        private static int map(int id, int from, int to, int count) {
            return Integer.compareUnsigned(id - from, count) < 0 ? to + (id - from) : NONE;
        }
    }

    /** A mapping of users and groups; ranges of either must not overlap. */
    public IdMapping(List<Range> users, List<Range> groups) {
        this.users = List.copyOf(users);
        this.groups = List.copyOf(groups);
    }

    private static int shown(List<Range> ranges, int id) {
        for (int i = 0; i < ranges.size(); i++) {
            Range range = ranges.get(i);
            int found = Range.map(id, range.stored, range.shown, range.count);
            if (found != NONE) {
                return found;
            }
        }
        return NONE;
    }

    private static int stored(List<Range> ranges, int id) {
        for (int i = 0; i < ranges.size(); i++) {
            Range range = ranges.get(i);
            int found = Range.map(id, range.shown, range.stored, range.count);
            if (found != NONE) {
                return found;
            }
        }
        return NONE;
    }

    /** What an owner in the file system is shown as; {@link #NONE}. */
    int shownUser(int stored) {
        return shown(users, stored);
    }

    /** The same of a group. */
    int shownGroup(int stored) {
        return shown(groups, stored);
    }

    /** What a user's id is in the file system; {@link #NONE}. */
    int storedUser(int shown) {
        return stored(users, shown);
    }

    /** The same of a group. */
    int storedGroup(int shown) {
        return stored(groups, shown);
    }
}
