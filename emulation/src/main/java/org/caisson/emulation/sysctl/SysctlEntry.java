package org.caisson.emulation.sysctl;

/**
 * One entry of {@code /proc/sys} that Caisson answers for.
 *
 * @param path relative to {@code /proc/sys}
 * @param mode permission bits
 * @param kind how it is read and written
 * @param least the smallest number that may be written
 * @param most the largest number, or the longest text
 */
record SysctlEntry(String path, int mode, Kind kind, long least, long most) {
    private static final int READ_WRITE = 0644;
    private static final int READ_ONLY = 0444;

    /** How an entry behaves. */
    enum Kind {
        /** The container's own number, at first the host's. */
        NUMBER,
        /** The container's own number that cannot be negative, {@code unsigned long} in the kernel. */
        UNSIGNED,
        /** The container's own line of text, at first the host's. */
        TEXT,
        /** Not there: what the kernel would show is another's. */
        ABSENT,
        /** What the host has now; read-only. */
        HOST,
        /** The host name of the container's UTS namespace. */
        HOST_NAME,
        /** The NIS domain name of the container's UTS namespace. */
        DOMAIN_NAME
    }

    /** {@code proc_dointvec_minmax}. */
    static SysctlEntry number(String path, long least, long most) {
        return new SysctlEntry(path, READ_WRITE, Kind.NUMBER, least, most);
    }

    /** {@code proc_doulongvec_minmax}. */
    static SysctlEntry unsigned(String path, long least, long most) {
        return new SysctlEntry(path, READ_WRITE, Kind.UNSIGNED, least, most);
    }

    /** {@code proc_dostring}. */
    static SysctlEntry text(String path, int longest) {
        return new SysctlEntry(path, READ_WRITE, Kind.TEXT, 0, longest);
    }

    /** The host's value, which the container may only read. */
    static SysctlEntry host(String path) {
        return new SysctlEntry(path, READ_ONLY, Kind.HOST, 0, 0);
    }

    /** An entry that is left out. */
    static SysctlEntry absent(String path) {
        return new SysctlEntry(path, 0, Kind.ABSENT, 0, 0);
    }

    /** {@code proc_do_uts_string}. */
    static SysctlEntry name(String path, Kind kind, int longest) {
        return new SysctlEntry(path, READ_WRITE, kind, 0, longest);
    }
}
