package org.caisson.emulation.sysctl;

/**
 * One entry of {@code /proc/sys} that Caisson answers for.
 *
 * @param path relative to {@code /proc/sys}
 * @param mode permission bits
 * @param kind how it is read and written
 * @param least the smallest number that may be written
 * @param most the largest number, or the longest text
 * @param hostMost up to which the host's value follows the largest that any container wants; 0 if a write means nothing for the host
 */
record SysctlEntry(String path, int mode, Kind kind, long least, long most, long hostMost) {
    private static final int READ_WRITE = 0644;
    private static final int READ_ONLY = 0444;

    /** How an entry behaves. */
    enum Kind {
        /** The container's own number, at first the host's. */
        NUMBER,
        /** The container's own number that cannot be negative, {@code unsigned long} in the kernel. */
        UNSIGNED,
        /** The container's own numbers, four of them at most, at first the host's. */
        NUMBERS,
        /** The container's own line of text, at first the host's. */
        TEXT,
        /** The name of a queueing discipline that the kernel has. */
        QUEUEING,
        /** The range of groups that may send pings, in the kernel, and no wider than the container's ids. */
        PING_GROUPS,
        /** An id of this run of the container. */
        BOOT_ID,
        /** Not there: what the kernel would show is another's. */
        ABSENT,
        /** What the host has now; read-only. */
        HOST,
        /** The host name of the container's UTS namespace. */
        HOST_NAME,
        /** The NIS domain name of the container's UTS namespace. */
        DOMAIN_NAME
    }

    /**
     * The same, but the host has the largest number that any container wants, and at least its own. A container must not
     * take the host's memory so: it stops at a bound, whatever the container is shown.
     */
    SysctlEntry raisesHostTo(long bound) {
        return new SysctlEntry(path, mode, kind, least, most, bound);
    }

    /** {@code proc_dointvec} for up to four numbers. */
    static SysctlEntry numbers(String path) {
        return new SysctlEntry(path, READ_WRITE, Kind.NUMBERS, Integer.MIN_VALUE, Integer.MAX_VALUE, 0);
    }

    /** One of a kind of its own. */
    static SysctlEntry special(String path, int mode, Kind kind) {
        return new SysctlEntry(path, mode, kind, 0, 0, 0);
    }

    /** {@code proc_dointvec_minmax}. */
    static SysctlEntry number(String path, long least, long most) {
        return new SysctlEntry(path, READ_WRITE, Kind.NUMBER, least, most, 0);
    }

    /** {@code proc_doulongvec_minmax}. */
    static SysctlEntry unsigned(String path, long least, long most) {
        return new SysctlEntry(path, READ_WRITE, Kind.UNSIGNED, least, most, 0);
    }

    /** {@code proc_dostring}. */
    static SysctlEntry text(String path, int longest) {
        return new SysctlEntry(path, READ_WRITE, Kind.TEXT, 0, longest, 0);
    }

    /** The host's value, which the container may only read. */
    static SysctlEntry host(String path) {
        return new SysctlEntry(path, READ_ONLY, Kind.HOST, 0, 0, 0);
    }

    /** An entry that is left out. */
    static SysctlEntry absent(String path) {
        return new SysctlEntry(path, 0, Kind.ABSENT, 0, 0, 0);
    }

    /** {@code proc_do_uts_string}. */
    static SysctlEntry name(String path, Kind kind, int longest) {
        return new SysctlEntry(path, READ_WRITE, kind, 0, longest, 0);
    }
}
