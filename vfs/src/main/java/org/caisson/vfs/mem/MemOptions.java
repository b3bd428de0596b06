package org.caisson.vfs.mem;

/**
 * How a memory file system is made, as the mount options of tmpfs(5).
 *
 * @param size how many bytes its data may take, rounded up to pages; 0 for no limit
 * @param inodes how many inodes there may be; 0 for no limit
 * @param mode the permissions of the root directory
 * @param uid its owner
 * @param gid its group
 * @param quotas how much each user and group may have
 */
public record MemOptions(long size, long inodes, int mode, int uid, int gid, MemQuotas quotas) {
    /** No limits, and a root directory that is everybody's and sticky. */
    public static final MemOptions DEFAULT = new MemOptions(0, 0, 01777, 0, 0, MemQuotas.NONE);

    public MemOptions withSize(long bytes) {
        return new MemOptions(bytes, inodes, mode, uid, gid, quotas);
    }

    public MemOptions withInodes(long count) {
        return new MemOptions(size, count, mode, uid, gid, quotas);
    }

    public MemOptions withMode(int permissions) {
        return new MemOptions(size, inodes, permissions, uid, gid, quotas);
    }

    public MemOptions withOwner(int user, int group) {
        return new MemOptions(size, inodes, mode, user, group, quotas);
    }

    public MemOptions withQuotas(MemQuotas wanted) {
        return new MemOptions(size, inodes, mode, uid, gid, wanted);
    }

    long pages() {
        return (size + PageStore.PAGE_SIZE - 1) / PageStore.PAGE_SIZE;
    }
}
