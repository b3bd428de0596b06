package org.caisson.vfs;

/** Who asks: ids, groups and capabilities of a task in the file system's user namespace. Immutable. */
public final class Credentials {
    private static final int[] NO_GROUPS = {};
    private static final Credentials ROOT = new Credentials(0, 0, NO_GROUPS, Capability.ALL, 022, 0);

    private final int uid;
    private final int gid;
    private final int[] groups;
    private final long capabilities;
    private final int umask;
    private final int callerTid;

    private Credentials(int uid, int gid, int[] groups, long capabilities, int umask, int callerTid) {
        this.uid = uid;
        this.gid = gid;
        this.groups = groups;
        this.capabilities = capabilities;
        this.umask = umask;
        this.callerTid = callerTid;
    }

    /** User 0 with every capability and a umask of 022. */
    public static Credentials root() {
        return ROOT;
    }

    /** A user without supplementary groups; user 0 has every capability, others have none. */
    public static Credentials of(int uid, int gid) {
        return of(uid, gid, 0);
    }

    /** The same, asking on behalf of a thread of the host. */
    public static Credentials of(int uid, int gid, int callerTid) {
        return new Credentials(uid, gid, NO_GROUPS, uid == 0 ? Capability.ALL : 0, 022, callerTid);
    }

    public Credentials withGroups(int... supplementary) {
        return new Credentials(uid, gid, supplementary.clone(), capabilities, umask, callerTid);
    }

    /** The same with another set of {@link Capability} bits. */
    public Credentials withCapabilities(long bits) {
        return new Credentials(uid, gid, groups, bits, umask, callerTid);
    }

    /** The same without some of the {@link Capability} bits. */
    public Credentials withoutCapabilities(long bits) {
        return (capabilities & bits) == 0 ? this : withCapabilities(capabilities & ~bits);
    }

    public Credentials withUmask(int mask) {
        return new Credentials(uid, gid, groups, capabilities, mask, callerTid);
    }

    /** The same, asking on behalf of a thread of the host. */
    public Credentials withCaller(int tid) {
        return new Credentials(uid, gid, groups, capabilities, umask, tid);
    }

    public int uid() {
        return uid;
    }

    public int gid() {
        return gid;
    }

    public int umask() {
        return umask;
    }

    public long capabilities() {
        return capabilities;
    }

    /** The host's id of the thread that asks, or 0 if it is not known. */
    public int callerTid() {
        return callerTid;
    }

    /** Whether all of these {@link Capability} bits are held. */
    public boolean has(long bits) {
        return (capabilities & bits) == bits;
    }

    /** Whether a group is the primary or a supplementary one. */
    public boolean inGroup(int group) {
        if (group == gid) {
            return true;
        }
        for (int member : groups) {
            if (member == group) {
                return true;
            }
        }
        return false;
    }
}
