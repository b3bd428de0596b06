package org.caisson.linux;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** The capabilities of Linux ({@code capabilities(7)}) as numbers, names and bit sets. */
public final class Capabilities {
    public static final int CAP_CHOWN = 0;
    public static final int CAP_DAC_OVERRIDE = 1;
    public static final int CAP_DAC_READ_SEARCH = 2;
    public static final int CAP_FOWNER = 3;
    public static final int CAP_FSETID = 4;
    public static final int CAP_KILL = 5;
    public static final int CAP_SETGID = 6;
    public static final int CAP_SETUID = 7;
    public static final int CAP_SETPCAP = 8;
    public static final int CAP_LINUX_IMMUTABLE = 9;
    public static final int CAP_NET_BIND_SERVICE = 10;
    public static final int CAP_NET_BROADCAST = 11;
    public static final int CAP_NET_ADMIN = 12;
    public static final int CAP_NET_RAW = 13;
    public static final int CAP_IPC_LOCK = 14;
    public static final int CAP_IPC_OWNER = 15;
    public static final int CAP_SYS_MODULE = 16;
    public static final int CAP_SYS_RAWIO = 17;
    public static final int CAP_SYS_CHROOT = 18;
    public static final int CAP_SYS_PTRACE = 19;
    public static final int CAP_SYS_PACCT = 20;
    public static final int CAP_SYS_ADMIN = 21;
    public static final int CAP_SYS_BOOT = 22;
    public static final int CAP_SYS_NICE = 23;
    public static final int CAP_SYS_RESOURCE = 24;
    public static final int CAP_SYS_TIME = 25;
    public static final int CAP_SYS_TTY_CONFIG = 26;
    public static final int CAP_MKNOD = 27;
    public static final int CAP_LEASE = 28;
    public static final int CAP_AUDIT_WRITE = 29;
    public static final int CAP_AUDIT_CONTROL = 30;
    public static final int CAP_SETFCAP = 31;
    public static final int CAP_MAC_OVERRIDE = 32;
    public static final int CAP_MAC_ADMIN = 33;
    public static final int CAP_SYSLOG = 34;
    public static final int CAP_WAKE_ALARM = 35;
    public static final int CAP_BLOCK_SUSPEND = 36;
    public static final int CAP_AUDIT_READ = 37;
    public static final int CAP_PERFMON = 38;
    public static final int CAP_BPF = 39;
    public static final int CAP_CHECKPOINT_RESTORE = 40;

    /** All capabilities that are known here. */
    public static final long ALL = (1L << 41) - 1;

    private static final List<String> NAMES = List.of(
            "CAP_CHOWN",
            "CAP_DAC_OVERRIDE",
            "CAP_DAC_READ_SEARCH",
            "CAP_FOWNER",
            "CAP_FSETID",
            "CAP_KILL",
            "CAP_SETGID",
            "CAP_SETUID",
            "CAP_SETPCAP",
            "CAP_LINUX_IMMUTABLE",
            "CAP_NET_BIND_SERVICE",
            "CAP_NET_BROADCAST",
            "CAP_NET_ADMIN",
            "CAP_NET_RAW",
            "CAP_IPC_LOCK",
            "CAP_IPC_OWNER",
            "CAP_SYS_MODULE",
            "CAP_SYS_RAWIO",
            "CAP_SYS_CHROOT",
            "CAP_SYS_PTRACE",
            "CAP_SYS_PACCT",
            "CAP_SYS_ADMIN",
            "CAP_SYS_BOOT",
            "CAP_SYS_NICE",
            "CAP_SYS_RESOURCE",
            "CAP_SYS_TIME",
            "CAP_SYS_TTY_CONFIG",
            "CAP_MKNOD",
            "CAP_LEASE",
            "CAP_AUDIT_WRITE",
            "CAP_AUDIT_CONTROL",
            "CAP_SETFCAP",
            "CAP_MAC_OVERRIDE",
            "CAP_MAC_ADMIN",
            "CAP_SYSLOG",
            "CAP_WAKE_ALARM",
            "CAP_BLOCK_SUSPEND",
            "CAP_AUDIT_READ",
            "CAP_PERFMON",
            "CAP_BPF",
            "CAP_CHECKPOINT_RESTORE");

    private Capabilities() {}

    /** The capability sets of a thread, each as bits. */
    public record Sets(long inheritable, long permitted, long effective, long bounding, long ambient) {
        /** Whether a capability is in the effective set. */
        public boolean has(int capability) {
            return (effective >>> capability & 1) != 0;
        }
    }

    /** How many capabilities are known: their numbers lie below. */
    public static int count() {
        return NAMES.size();
    }

    /** Their names, lowest number first. */
    public static List<String> names() {
        return NAMES;
    }

    /** The name of a number: "CAP_CHOWN". */
    public static String name(int capability) {
        if (capability < 0 || capability >= NAMES.size()) {
            throw new IllegalArgumentException("no capability has the number " + capability);
        }
        return NAMES.get(capability);
    }

    /**
     * The number of a name, which may lack its "CAP_" and be of either case.
     *
     * @throws IllegalArgumentException if there is no such capability
     */
    public static int parse(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        String full = upper.startsWith("CAP_") ? upper : "CAP_" + upper;
        int number = NAMES.indexOf(full);
        if (number >= 0) {
            return number;
        }
        throw new IllegalArgumentException("no capability is named " + name);
    }

    /** The sets of a process or thread, from {@code /proc/PID/status}; ESRCH if it is gone meanwhile. */
    public static Sets of(int pid) throws ErrnoException {
        String status = new String(FileCalls.readFile("/proc/" + pid + "/status"), StandardCharsets.ISO_8859_1);
        return new Sets(
                field(status, "\nCapInh:\t"),
                field(status, "\nCapPrm:\t"),
                field(status, "\nCapEff:\t"),
                field(status, "\nCapBnd:\t"),
                field(status, "\nCapAmb:\t"));
    }

    private static long field(String status, String label) throws ErrnoException {
        int at = status.indexOf(label);
        if (at < 0) {
            throw ErrnoException.of(Errno.ESRCH, "read capabilities");
        }
        int start = at + label.length();
        return Long.parseUnsignedLong(status.substring(start, status.indexOf('\n', start)), 16);
    }
}
