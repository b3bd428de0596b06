package org.caisson.emulation.sysctl;

import static org.caisson.emulation.sysctl.SysctlEntry.absent;
import static org.caisson.emulation.sysctl.SysctlEntry.host;
import static org.caisson.emulation.sysctl.SysctlEntry.name;
import static org.caisson.emulation.sysctl.SysctlEntry.number;
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
 * tables: {@code kernel/sysctl.c}, {@code fs/file_table.c}, {@code mm/util.c}, {@code net/core/sysctl_net_core.c}.
 */
final class SysctlTable {
    /** {@code __NEW_UTS_LEN} of {@code linux/utsname.h}. */
    private static final int LONGEST_NAME = 64;

    private static final SysctlEntry[] ENTRIES = {
        name("kernel/hostname", Kind.HOST_NAME, LONGEST_NAME),
        name("kernel/domainname", Kind.DOMAIN_NAME, LONGEST_NAME),
        number("kernel/panic", Integer.MIN_VALUE, Integer.MAX_VALUE),
        // A pid namespace's, of which the agent is not in the container's: kernel/pid_namespace.c.
        number("kernel/pid_max", 301, 1 << 22),
        absent("kernel/ns_last_pid"),
        host("kernel/cap_last_cap"),
        host("kernel/ngroups_max"),
        unsigned("fs/file-max", 0, Long.MAX_VALUE),
        number("net/core/somaxconn", 0, Integer.MAX_VALUE),
        number("vm/overcommit_memory", 0, 2),
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
