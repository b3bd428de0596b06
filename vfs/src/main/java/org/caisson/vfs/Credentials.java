package org.caisson.vfs;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Who asks: ids, groups and capabilities of a task in the file system's user namespace. Immutable.
 *
 * <p>Through a mount with an {@link IdMapping} the ids are what those of the task are in the file system, so that they are compared with
 * those of files as they are kept: {@link #through}.
 */
public final class Credentials {
    private static final int[] NO_GROUPS = {};
    private static final Credentials ROOT = new Credentials(0, 0, NO_GROUPS, Capability.ALL, 022, 0, null);

    private final int uid;
    private final int gid;
    private final int[] groups;
    private final long capabilities;
    private final int umask;
    private final int callerTid;

    /** Null where ids are as the task has them. */
    private final @Nullable IdMapping mapping;

    private Credentials(
            int uid, int gid, int[] groups, long capabilities, int umask, int callerTid, @Nullable IdMapping mapping) {
        this.uid = uid;
        this.gid = gid;
        this.groups = groups;
        this.capabilities = capabilities;
        this.umask = umask;
        this.callerTid = callerTid;
        this.mapping = mapping;
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
        return new Credentials(uid, gid, NO_GROUPS, uid == 0 ? Capability.ALL : 0, 022, callerTid, null);
    }

    public Credentials withGroups(int... supplementary) {
        return new Credentials(uid, gid, supplementary.clone(), capabilities, umask, callerTid, mapping);
    }

    /** The same with another set of {@link Capability} bits. */
    public Credentials withCapabilities(long bits) {
        return new Credentials(uid, gid, groups, bits, umask, callerTid, mapping);
    }

    /** The same without some of the {@link Capability} bits. */
    public Credentials withoutCapabilities(long bits) {
        return (capabilities & bits) == 0 ? this : withCapabilities(capabilities & ~bits);
    }

    public Credentials withUmask(int mask) {
        return new Credentials(uid, gid, groups, capabilities, mask, callerTid, mapping);
    }

    /** The same, asking on behalf of a thread of the host. */
    public Credentials withCaller(int tid) {
        return new Credentials(uid, gid, groups, capabilities, umask, tid, mapping);
    }

    /** The same through a mount with a mapping. Ids that it leaves out are nobody's; groups that it leaves out go. */
    Credentials through(IdMapping map) {
        int[] known = Arrays.stream(groups)
                .map(map::storedGroup)
                .filter(group -> group != IdMapping.NONE)
                .toArray();
        return new Credentials(map.storedUser(uid), map.storedGroup(gid), known, capabilities, umask, callerTid, map);
    }

    /** The mapping through which the ids are; null for none. */
    @Nullable
    IdMapping mapping() {
        return mapping;
    }

    /** Whether files can belong to these ids ({@code fsuidgid_has_mapping}). */
    boolean mayOwn() {
        return mapping == null || (uid != IdMapping.NONE && gid != IdMapping.NONE);
    }

    /** Whether an owner of files is shown, and there is one; capabilities are of no use for the files of others. */
    boolean seesUser(int owner) {
        return mapping == null ? owner != IdMapping.NONE : mapping.shownUser(owner) != IdMapping.NONE;
    }

    /** The same of a group of files. */
    boolean seesGroup(int group) {
        return mapping == null ? group != IdMapping.NONE : mapping.shownGroup(group) != IdMapping.NONE;
    }

    /** Whether owner and group of files are shown. */
    boolean sees(int owner, int group) {
        return seesUser(owner) && seesGroup(group);
    }

    /** Whether owner and group of a file are shown. */
    boolean sees(Inode inode) {
        return sees(inode.uid(), inode.gid());
    }

    /** Whether capabilities are held with regard to a file ({@code capable_wrt_inode_uidgid}). */
    boolean has(long bits, Inode inode) {
        return has(bits) && sees(inode);
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
