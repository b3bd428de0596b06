package org.caisson.vfs.mem;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What each user and each group has of a file system that counts it ({@code fs/quota/dquot.c} of the kernel). All that is taken at once is
 * taken from the quotas of both, or of neither. The monitor comes after those of inodes.
 */
final class Quotas {
    /** Null if users are not counted. */
    private final @Nullable Ledger users;

    private final @Nullable Ledger groups;

    /** Who was charged for the root directory, which belongs to whom the options say only afterwards. Under the monitor. */
    private int rootUser;

    private int rootGroup;

    private record Use(long pages, long inodes) {}

    /** What users, or groups, have. */
    private static final class Ledger {
        private static final Use NOTHING = new Use(0, 0);

        private final long mostBytes;
        private final long mostInodes;
        private final Map<Integer, Use> uses;

        Ledger(long mostBytes, long mostInodes, Map<Integer, Use> uses) {
            this.mostBytes = mostBytes;
            this.mostInodes = mostInodes;
            this.uses = new HashMap<>(uses);
        }

        Ledger copy() {
            return new Ledger(mostBytes, mostInodes, uses);
        }

        /** A limit holds for who takes of what it limits only. */
        boolean allows(int id, long pages, long inodes) {
            Use use = uses.getOrDefault(id, NOTHING);
            boolean tooMuch = pages != 0 && mostBytes != 0 && use.pages + pages > mostBytes / PageStore.PAGE_SIZE;
            boolean tooMany = inodes != 0 && mostInodes != 0 && use.inodes + inodes > mostInodes;
            return !tooMuch && !tooMany;
        }

        void add(int id, long pages, long inodes) {
            Use before = uses.getOrDefault(id, NOTHING);
            Use after = new Use(before.pages + pages, before.inodes + inodes);
            if (after.equals(NOTHING)) {
                uses.remove(id);
            } else {
                uses.put(id, after);
            }
        }
    }

    private Quotas(@Nullable Ledger users, @Nullable Ledger groups) {
        this.users = users;
        this.groups = groups;
    }

    /** Null if nothing is to be counted. */
    static @Nullable Quotas of(MemQuotas wanted) {
        if (!wanted.isOn()) {
            return null;
        }
        return new Quotas(
                wanted.users() ? new Ledger(wanted.userBytes(), wanted.userInodes(), Map.of()) : null,
                wanted.groups() ? new Ledger(wanted.groupBytes(), wanted.groupInodes(), Map.of()) : null);
    }

    /** The same use and limits, which go on by themselves. */
    synchronized Quotas copy() {
        Quotas made = new Quotas(users == null ? null : users.copy(), groups == null ? null : groups.copy());
        made.rootUser = rootUser;
        made.rootGroup = rootGroup;
        return made;
    }

    /**
     * Charges an owner.
     *
     * @param exempt whether limits do not hold for who asks
     * @return false, with nothing charged, if that is too much
     */
    synchronized boolean take(Owner owner, long pages, long inodes, boolean exempt) {
        boolean allowed = exempt
                || ((users == null || users.allows(owner.user(), pages, inodes))
                        && (groups == null || groups.allows(owner.group(), pages, inodes)));
        if (allowed) {
            add(owner, pages, inodes);
        }
        return allowed;
    }

    synchronized void give(Owner owner, long pages, long inodes) {
        add(owner, -pages, -inodes);
    }

    private void add(Owner owner, long pages, long inodes) {
        if (users != null) {
            users.add(owner.user(), pages, inodes);
        }
        if (groups != null) {
            groups.add(owner.group(), pages, inodes);
        }
    }

    /** Charges another owner for a file ({@code __dquot_transfer}); false, with nothing changed, if that is too much. */
    synchronized boolean transfer(Owner from, Owner to, long pages, boolean exempt) {
        Ledger user = from.user() == to.user() ? null : users;
        Ledger group = from.group() == to.group() ? null : groups;
        boolean allowed = exempt
                || ((user == null || user.allows(to.user(), pages, 1))
                        && (group == null || group.allows(to.group(), pages, 1)));
        if (!allowed) {
            return false;
        }
        if (user != null) {
            user.add(from.user(), -pages, -1);
            user.add(to.user(), pages, 1);
        }
        if (group != null) {
            group.add(from.group(), -pages, -1);
            group.add(to.group(), pages, 1);
        }
        return true;
    }

    /** The same of the root directory: only the ids that change are charged otherwise than before. */
    synchronized boolean transferRoot(Owner from, Owner to, boolean exempt) {
        Owner charged = new Owner(rootUser, rootGroup);
        Owner next = new Owner(
                from.user() == to.user() ? rootUser : to.user(), from.group() == to.group() ? rootGroup : to.group());
        boolean user = from.user() == to.user() || users == null || users.allows(next.user(), 0, 1);
        boolean group = from.group() == to.group() || groups == null || groups.allows(next.group(), 0, 1);
        if (!exempt && !(user && group)) {
            return false;
        }
        transfer(charged, next, 0, true);
        rootUser = next.user();
        rootGroup = next.group();
        return true;
    }
}
