package org.caisson.vfs.mem;

/**
 * How much each user and each group may have of a memory file system, as the options {@code quota} and so on of tmpfs(5). A file counts for
 * its owner and its group; with CAP_SYS_RESOURCE one may go beyond every limit.
 *
 * @param users whether what users have is counted and limited ({@code usrquota})
 * @param groups the same of groups ({@code grpquota})
 * @param userBytes how many bytes of pages the files of a user may have; 0 for no limit
 * @param groupBytes the same of a group
 * @param userInodes how many files a user may have, directories and all others among them; 0 for no limit
 * @param groupInodes the same of a group
 */
public record MemQuotas(
        boolean users, boolean groups, long userBytes, long groupBytes, long userInodes, long groupInodes) {
    /** Nothing is counted. */
    public static final MemQuotas NONE = new MemQuotas(false, false, 0, 0, 0, 0);

    /** Checks the limits. */
    public MemQuotas {
        if (userBytes < 0 || groupBytes < 0 || userInodes < 0 || groupInodes < 0) {
            throw new IllegalArgumentException("a negative limit");
        }
    }

    /** Users and groups are counted without a limit. */
    public static MemQuotas counted() {
        return new MemQuotas(true, true, 0, 0, 0, 0);
    }

    /** The same with limits for each user. */
    public MemQuotas withUserLimits(long bytes, long inodes) {
        return new MemQuotas(users, groups, bytes, groupBytes, inodes, groupInodes);
    }

    /** The same with limits for each group. */
    public MemQuotas withGroupLimits(long bytes, long inodes) {
        return new MemQuotas(users, groups, userBytes, bytes, userInodes, inodes);
    }

    boolean isOn() {
        return users || groups;
    }

    /** As {@code shmem_show_options} of the kernel. */
    String shown() {
        return (users ? ",usrquota" : "")
                + (groups ? ",grpquota" : "")
                + shown("usrquota_block_hardlimit", userBytes)
                + shown("grpquota_block_hardlimit", groupBytes)
                + shown("usrquota_inode_hardlimit", userInodes)
                + shown("grpquota_inode_hardlimit", groupInodes);
    }

    private static String shown(String option, long limit) {
        return limit == 0 ? "" : "," + option + "=" + limit;
    }
}
