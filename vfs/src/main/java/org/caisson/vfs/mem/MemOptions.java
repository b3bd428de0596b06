package org.caisson.vfs.mem;

/**
 * How a memory file system is made, as the mount options of tmpfs(5).
 *
 * @param size how many bytes its data may take, rounded up to pages; 0 for no limit
 * @param inodes how many inodes there may be; 0 for no limit
 * @param mode the permissions of the root directory
 * @param uid its owner
 * @param gid its group
 */
public record MemOptions(long size, long inodes, int mode, int uid, int gid) {
    /** No limits, and a root directory that is everybody's and sticky. */
    public static final MemOptions DEFAULT = new MemOptions(0, 0, 01777, 0, 0);

    public MemOptions withSize(long bytes) {
        return new MemOptions(bytes, inodes, mode, uid, gid);
    }

    public MemOptions withInodes(long count) {
        return new MemOptions(size, count, mode, uid, gid);
    }

    public MemOptions withMode(int permissions) {
        return new MemOptions(size, inodes, permissions, uid, gid);
    }

    public MemOptions withOwner(int user, int group) {
        return new MemOptions(size, inodes, mode, user, group);
    }

    long pages() {
        return (size + PageStore.PAGE_SIZE - 1) / PageStore.PAGE_SIZE;
    }
}
