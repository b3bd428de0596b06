package org.caisson.emulation.sysctl;

import static org.caisson.emulation.sysctl.SysctlEntry.absent;
import static org.caisson.emulation.sysctl.SysctlEntry.host;
import static org.caisson.emulation.sysctl.SysctlEntry.name;
import static org.caisson.emulation.sysctl.SysctlEntry.number;
import static org.caisson.emulation.sysctl.SysctlEntry.numbers;
import static org.caisson.emulation.sysctl.SysctlEntry.special;
import static org.caisson.emulation.sysctl.SysctlEntry.text;
import static org.caisson.emulation.sysctl.SysctlEntry.unsigned;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.caisson.emulation.sysctl.SysctlEntry.Kind;
import org.jspecify.annotations.Nullable;

/**
 * The entries of {@code /proc/sys} that are not the kernel's own inside a container. Ranges are those of the kernel's
 * tables: {@code kernel/sysctl.c}, {@code fs/file_table.c}, {@code mm/util.c}, {@code net/core/sysctl_net_core.c}. What
 * a network namespace keeps for itself is only answered for where the kernel does not let the container write it.
 */
final class SysctlTable {
    /** {@code __NEW_UTS_LEN} of {@code linux/utsname.h}. */
    private static final int LONGEST_NAME = 64;

    /** {@code CORENAME_MAX_SIZE} of {@code fs/coredump.c} without its end. */
    private static final int LONGEST_PATTERN = 127;

    /** In seconds. */
    private static final long HOUR = 3600;

    private static final long DAY = 24 * HOUR;

    private static final SysctlEntry[] ENTRIES = {
        name("kernel/hostname", Kind.HOST_NAME, LONGEST_NAME),
        name("kernel/domainname", Kind.DOMAIN_NAME, LONGEST_NAME),
        number("kernel/panic", Integer.MIN_VALUE, Integer.MAX_VALUE),
        number("kernel/panic_on_oops", 0, 1),
        number("kernel/panic_on_warn", 0, 1),
        number("kernel/kptr_restrict", 0, 2),
        number("kernel/dmesg_restrict", 0, 1),
        number("kernel/sysrq", 0, 511),
        number("kernel/core_uses_pid", 0, 1),
        number("kernel/core_pipe_limit", 0, Integer.MAX_VALUE),
        text("kernel/core_pattern", LONGEST_PATTERN),
        numbers("kernel/printk"),
        number("kernel/yama/ptrace_scope", 0, 3),
        number("kernel/unprivileged_bpf_disabled", 0, 2),
        number("kernel/keys/maxkeys", 1, Integer.MAX_VALUE),
        number("kernel/keys/maxbytes", 1, Integer.MAX_VALUE),
        number("kernel/keys/root_maxkeys", 1, Integer.MAX_VALUE),
        number("kernel/keys/root_maxbytes", 1, Integer.MAX_VALUE),
        special("kernel/random/boot_id", 0444, Kind.BOOT_ID),
        // A pid namespace's, of which the agent is not in the container's: kernel/pid_namespace.c.
        number("kernel/pid_max", 301, 1 << 22),
        absent("kernel/ns_last_pid"),
        host("kernel/cap_last_cap"),
        host("kernel/ngroups_max"),
        unsigned("fs/file-max", 0, Long.MAX_VALUE).raisesHostTo(1 << 24),
        number("fs/nr_open", 64, Integer.MAX_VALUE & -64).raisesHostTo(1 << 20),
        number("fs/protected_hardlinks", 0, 1),
        number("fs/protected_symlinks", 0, 1),
        number("fs/protected_fifos", 0, 2),
        number("fs/protected_regular", 0, 2),
        number("fs/suid_dumpable", 0, 2),
        number("vm/overcommit_memory", 0, 2),
        unsigned("vm/mmap_min_addr", 0, Long.MAX_VALUE),
        number("vm/panic_on_oom", 0, 2),
        number("vm/swappiness", 0, 200),
        number("vm/max_map_count", 0, Integer.MAX_VALUE).raisesHostTo(1 << 20),
        special("net/core/default_qdisc", 0644, Kind.QUEUEING),
        number("net/core/somaxconn", 0, Integer.MAX_VALUE).raisesHostTo(65_535),
        special("net/ipv4/ping_group_range", 0644, Kind.PING_GROUPS),
        number("net/ipv4/neigh/default/gc_thresh1", 0, Integer.MAX_VALUE),
        number("net/ipv4/neigh/default/gc_thresh2", 0, Integer.MAX_VALUE),
        number("net/ipv4/neigh/default/gc_thresh3", 0, Integer.MAX_VALUE),
        number("net/ipv4/vs/conntrack", 0, 1).raisesHostTo(1),
        number("net/ipv4/vs/conn_reuse_mode", 0, 1),
        number("net/ipv4/vs/expire_nodest_conn", 0, 1),
        number("net/ipv4/vs/expire_quiescent_template", 0, 1),
        number("net/netfilter/nf_conntrack_max", 0, Integer.MAX_VALUE).raisesHostTo(1 << 20),
        number("net/nf_conntrack_max", 0, Integer.MAX_VALUE).raisesHostTo(1 << 20),
        number("net/netfilter/nf_conntrack_generic_timeout", 0, Integer.MAX_VALUE)
                .raisesHostTo(HOUR),
        number("net/netfilter/nf_conntrack_tcp_timeout_established", 0, Integer.MAX_VALUE)
                .raisesHostTo(5 * DAY),
        number("net/netfilter/nf_conntrack_tcp_timeout_close_wait", 0, Integer.MAX_VALUE)
                .raisesHostTo(HOUR),
        number("net/netfilter/nf_conntrack_tcp_be_liberal", 0, 1).raisesHostTo(1),
        number("net/unix/max_dgram_qlen", 0, Integer.MAX_VALUE).raisesHostTo(65_536),
    };

    private final Map<String, SysctlEntry> byPath = new LinkedHashMap<>();
    private final Map<String, Set<String>> namesIn = new LinkedHashMap<>();

    SysctlTable() {
        for (SysctlEntry entry : ENTRIES) {
            byPath.put(entry.path(), entry);
            for (String path = entry.path(); !path.isEmpty(); ) {
                int slash = path.lastIndexOf('/');
                String parent = slash < 0 ? "" : path.substring(0, slash);
                namesIn.computeIfAbsent(parent, _ -> new LinkedHashSet<>()).add(path.substring(slash + 1));
                path = parent;
            }
        }
    }

    /** The entry at a path relative to {@code /proc/sys}, or null. */
    @Nullable
    SysctlEntry entry(String path) {
        return byPath.get(path);
    }

    /** Whether entries of the table lie beneath a path. */
    boolean hasDirectory(String path) {
        return namesIn.containsKey(path);
    }

    /** The names in a directory that come from the table. */
    List<String> names(String directory) {
        Set<String> names = namesIn.get(directory);
        return names == null ? List.of() : new ArrayList<>(names);
    }
}
